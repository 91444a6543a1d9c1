import LinuxSystem
import Relaying

/// What must hold before anything starts.
extension SessionError {
    private init(_ role: Role, _ words: [Word], _ obstacle: Executable.Obstacle) {
        self =
            switch obstacle {
            case .notFound: .cannotStart(role, words, .notFound)
            case .notExecutable: .cannotStart(role, words, .accessDenied)
            case .noInterpreter(let interpreter): .noInterpreter(role, words, interpreter)
            }
    }

    /// Looks for the local commands before anything starts: without them the remote command would
    /// open its files for nothing.
    ///
    /// - Throws: `cannotStart` or `noInterpreter`.
    static func requireCommands(_ plan: Plan, _ environment: Environment) throws(SessionError) {
        for (role, local) in [(Role.producer, plan.producer), (.consumer, plan.consumer)] {
            guard case .command(let words) = local, let name = words.first,
                let obstacle = Executable.obstacle(to: name, searchPath: environment["PATH"])
            else { continue }
            throw SessionError(role, words, obstacle)
        }
    }

    /// Looks at standard input and output, for the same reason.
    ///
    /// - Throws: `unusable`.
    static func requireStandard(_ plan: Plan) throws(SessionError) {
        if plan.producer == .standard {
            if Descriptor.standardInput.isOnlyWritten { throw .unusable(.producer, .badDescriptor) }
            if FileKind(of: .standardInput) == .directory {
                throw .unusable(.producer, .isDirectory)
            }
        }
        if plan.consumer == .standard, Descriptor.standardOutput.isOnlyRead {
            throw .unusable(.consumer, .badDescriptor)
        }
    }

    /// - Throws: `wouldPad` for a reader that takes whatever has arrived for a whole block.
    static func requireWholeBlocks(_ plan: Plan) throws(SessionError) {
        var readers: [(Role, [Word], Int?)] = []
        if plan.producer != nil {
            readers.append((.remote, plan.remote, plan.relayThere?.record?.size))
        }
        if case .command(let words) = plan.consumer {
            readers.append((.consumer, words, plan.relay.record?.size))
        }
        for (role, words, record) in readers {
            if let size = DD(words)?.paddedSize(whenRecordsHave: record) {
                throw .wouldPad(role, words, size: size)
            }
        }
    }

    /// - Throws: `socket` if the kernel refuses what the connections must have.
    static func requireSockets(_ plan: Plan) throws(SessionError) {
        let obstacle: SocketObstacle?
        do throws(Errno) {
            obstacle = try plan.sockets.options(at: .here, plan.flows).obstacle()
        } catch {
            throw .system(error)
        }
        if let obstacle { throw .socket(obstacle, at: .here) }
    }

    /// - Throws: `noProc` if socketpipe could not see which process holds a stream.
    static func requireProc() throws(SessionError) {
        let isOurs: Bool
        do throws(Errno) { isOurs = try Proc.isOurs() } catch { throw .system(error) }
        guard isOurs else { throw .noProc }
    }

    /// - Throws: `noNull` if `/dev/null` does not open.
    static func requireNull() throws(SessionError) { _ = try null() }

    static func null() throws(SessionError) -> OwnedDescriptor {
        do throws(Errno) {
            return try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        } catch {
            throw error.isShortage ? .system(error) : .noNull(error)
        }
    }
}
