import LinuxSystem
import Relaying

/// Why a session could not do its work, with the cure.
package enum SessionError: Error {
    case cannotStart(Role, [Word], Errno)
    case noInterpreter(Role, [Word], [UInt8])
    /// A command that would put zeros into the data.
    case wouldPad(Role, [Word], size: [UInt8])
    /// Our own standard input or output is not what `-` needs.
    case unusable(Role, Errno)
    case system(Errno)
    /// `saying` is what it said, where that came by us.
    case loginEnded([Word], ExitStatus, there: String, saying: LoginWords? = nil)
    case noCommonProtocol(Hello)
    case unknownHost(String)
    case noProc
    case noNull(Errno)
    /// The kernel of that end does not tell what went through a connection.
    case countsNothing(End)
    /// The rate of that flow cannot be bounded.
    case cannotPace(Flow, Errno)
    /// Neither end knows an address of its own.
    case nowhereToMeet(onSameStack: Bool)
    case legacyNeedsHost
    case cannotListen([Address], ClosedRange<UInt16>?, Errno)
    case unreachable(
        [(caller: End, endpoint: Endpoint, error: Errno)], notListening: [(end: End, error: Errno)])
    case noRendezvous(within: Int64, tried: [(caller: End, endpoint: Endpoint)])
    case there(Failure, [Word])
    /// An end got no answer from the kernel of the other on a flow.
    case unanswered(Flow, at: End, seconds: Int64, pathHint: String?)

    package var status: CInt {
        switch self {
        case .cannotStart(_, _, .recordTooLong), .there(.execution(.recordTooLong), _):
            OwnStatus.ourError
        case .cannotStart(_, _, let error) where error.isShortage,
            .there(.execution(let error), _) where error.isShortage:
            OwnStatus.ourError
        case .cannotStart(_, _, let error), .there(.execution(let error), _):
            error == .notFound ? OwnStatus.notFound : OwnStatus.cannotExecute
        case .loginEnded(_, _, let there, let said?) where said.tellsOfOtherProcessor(there):
            OwnStatus.ourError
        case .loginEnded(_, let status, _, _):
            status == .exited(127) || status == .exited(126)
                ? OwnStatus.ourError : OwnStatus.loginFailed
        case .noInterpreter, .there(.noInterpreter, _): OwnStatus.cannotExecute
        case .noRendezvous: OwnStatus.deadline
        case .there(.signal, _), .there(.stall, _), .there(.unanswered, _), .unanswered:
            OwnStatus.lost
        case .there(.system(let error), _) where error.endsConnection: OwnStatus.lost
        default: OwnStatus.ourError
        }
    }

    package var sentence: String {
        switch self {
        case .cannotStart(let role, let words, .recordTooLong):
            "the pipe to \(Verdict.naming(role, words)) cannot hold a whole record"
        case .cannotStart(let role, let words, let error):
            error == .notFound
                ? "\(Verdict.naming(role, words)) was not found"
                : "cannot \(error.whatFailed) \(Verdict.naming(role, words)): \(error.sentence)"
        case .noInterpreter(let role, let words, let name):
            SessionError.interpreterSentence(role, words, name, where: "")
        case .wouldPad(let role, let words, let size):
            "\(Verdict.naming(role, words)) would pad each short read to "
                + "\(Text.escaped(size)) bytes, with zeros in the middle of the data"
        case .unusable(let role, let error):
            (role == .producer ? Outcome.inputFailed(error) : .outputFailed(error)).sentence
        case .system(let error): "socketpipe cannot continue: \(error.sentence)"
        case .loginEnded(let words, let status, let there, let said):
            SessionError.loginSentence(words, status, there, said ?? LoginWords())
        case .noCommonProtocol(let hello):
            "the other end runs socketpipe \(Text.escaped(hello.programVersion.utf8)) with protocol "
                + "\(SessionError.range(hello.protocols)); this end runs \(Version.program) with "
                + "protocol "
                + SessionError.range(Version.protocols)
        case .unknownHost(let host):
            "cannot resolve \(Text.quoted([UInt8](host.utf8))), given with -h"
        case .noProc:
            "/proc does not show this process, so socketpipe cannot see who holds a stream"
        case .countsNothing(let end):
            "the kernel \(end.rawValue) does not count a connection's bytes, so socketpipe cannot "
                + "confirm that they arrived"
        case .cannotPace(let flow, let error):
            "cannot limit the rate of flow '\(flow.rawValue)' \(flow.sender.rawValue): "
                + error.sentence
        case .noNull(.notFound): "there is no /dev/null here"
        case .noNull(let error): "cannot open /dev/null here: \(error.sentence)"
        case .nowhereToMeet(onSameStack: false):
            "neither end has an address that the other could reach"
        case .nowhereToMeet(onSameStack: true):
            "both ends share a network namespace, and its loopback interface is down"
        case .legacyNeedsHost: "--legacy needs the address of this host"
        case .cannotListen(let addresses, let ports, let error):
            "cannot listen on \(addresses.map { $0.description }.joined(separator: ", "))"
                + (ports.map { ", ports \($0.lowerBound)-\($0.upperBound)" } ?? "")
                + ": \(error.sentence)"
        case .unreachable(let failures, let refusals):
            "the two ends cannot reach each other: " + SessionError.list(failures, refusals)
        case .noRendezvous(let seconds, let tried):
            "the two ends did not meet within \(seconds) s; tried "
                + tried.map { "\($0.endpoint) from \($0.caller.rawValue)" }.joined(separator: ", ")
        case .there(let failure, let words): SessionError.sentence(failure, words)
        case .unanswered(let flow, let end, let seconds, _):
            "flow '\(flow.rawValue)' is dead: no answer arrived \(end.rawValue) for \(seconds) s"
        }
    }

    package var hint: String? {
        switch self {
        case .loginEnded(_, _, let there, let said?) where said.tellsOfOtherProcessor(there):
            "install the one for the processor there (uname -m), or name it with --there"
        case .loginEnded(let words, .exited(let status), _, let said):
            SessionError.loginHint(words, status, said)
        case .unusable(.producer, _):
            "-i - sends standard input, as in COMMAND | socketpipe -i - ..."
        case .unusable: "-o - writes to standard output, as in socketpipe -o - ... | COMMAND"
        case .noCommonProtocol: "install the same version at both ends"
        case .unreachable, .noRendezvous:
            "is a firewall between the ends? open a port and name it with --port, give the address "
                + "of this host with -h, or let the other side listen with --listen"
        case .countsNothing, .there(.countsNothing, _): "both ends need Linux 4.1 or newer"
        case .cannotPace, .there(.pacing, _):
            "does the container's seccomp profile refuse SO_MAX_PACING_RATE? leave out --rate, or limit "
                + "the rate with a command such as pv -L"
        case .nowhereToMeet(onSameStack: true): "bring it up there: ip link set lo up"
        case .nowhereToMeet, .legacyNeedsHost:
            "give the address of this host, as the other end reaches it, with -h"
        case .cannotListen:
            "name a range of free ports above 1023 with --port, or use --listen there"
        case .there(.terminal, _):
            "drop -t from the login command; a ForceCommand or session recorder there (script, tlog) "
                + "also allocates a terminal: the login must pass bytes unchanged"
        case .there(.noInput, _): "docker exec and kubectl exec need -i; ssh must not have -n or -f"
        case .wouldPad(_, _, let size):
            "a socket returns what has arrived: add iflag=fullblock, or use --record "
                + Text.escaped(size)
        case .noInterpreter(_, _, let name), .there(.noInterpreter(let name), _):
            CommandHint.ofInterpreter(name)
        case .cannotStart(let role, let words, .notFound): CommandHint.whenMissing(role, words)
        case .there(.execution(.notFound), let words): CommandHint.whenMissing(.remote, words)
        case .noNull(.notFound): SessionError.nullHint
        case .noNull: SessionError.badNullHint
        case .there(.resources(let text), _) where text.hasPrefix("/dev/null is not there"):
            SessionError.nullHint
        case .there(.resources(let text), _) where text.hasPrefix("/dev/null"):
            SessionError.badNullHint
        case .noProc, .there(.resources, _): "mount proc in the namespace or container it runs in"
        case .cannotStart(_, _, .recordTooLong):
            "use a smaller --record, or raise fs.pipe-max-size here (sysctl)"
        case .there(.execution(.recordTooLong), _):
            "use a smaller --record, or raise fs.pipe-max-size there (sysctl)"
        case .cannotStart(_, _, .noExecution), .there(.execution(.noExecution), _):
            "it is a program for another processor: compare `file PROGRAM` with `uname -m`"
        case .cannotStart(_, _, let error), .system(let error), .there(.execution(let error), _),
            .there(.system(let error), _):
            error.shortageHint
        case .unknownHost: "is the name right? an address works too"
        case .there(.signal, _):
            "a user of that host, its shutdown or a memory limit ended socketpipe there"
        case .there(.stall, _), .unanswered(_, _, _, pathHint: nil):
            "is the network up? --stall sets how long to wait"
        case .unanswered(_, _, _, let hint?): Text.escaped(hint.utf8)
        case .there(.protocolError, _): ControlError.hint
        default: nil
        }
    }

    private static let nullHint = "mknod -m 666 /dev/null c 1 3, or bind-mount the host's"
    private static let badNullHint =
        "ls -l /dev/null must show crw-rw-rw- 1, 3, and its mount must not have nodev"

    private static func loginSentence(
        _ words: [Word], _ status: ExitStatus, _ there: String, _ said: LoginWords
    ) -> String {
        if said.tellsOfOtherProcessor(there) {
            return "'\(there)' on the other host is a program for another processor"
        }
        let name = Text.quoted(words.first?.bytes ?? [])
        let reason = said.reason.map { ": \($0)" } ?? ""
        return switch status {
        case .exited(127): "'\(there)' was not found on the other host"
        case .exited(126) where said.tellsOfMissingProgram:
            "'\(there)' was not found on the other host"
        case .exited(126): "cannot execute '\(there)' on the other host"
        case .exited(let number):
            "the login command \(name) exited with status \(number) before it started the other "
                + "end\(reason)"
        case .killed(let signal):
            "the login command \(name) was killed by \(Signal.name(signal)) before it started the "
                + "other end"
        }
    }

    private static func loginHint(
        _ words: [Word], _ status: CInt, _ said: LoginWords?
    ) -> String {
        let byHand = words.map { Text.escaped($0.bytes) }.joined(separator: " ")
        let isMissing = said?.tellsOfMissingProgram == true
        return switch status {
        case _ where status == 127 || (status == 126 && isMissing):
            "install socketpipe there, or name its path with --there (ssh's PATH is often short)"
        case 126: "is the file executable, and built for the processor there (uname -m)?"
        case _ where said?.tellsOfForeignOption == true:
            "socketpipe appends the words that start the other end to the login command: name no "
                + "program to run in it, as in -l { ssh HOST }; for su see EXAMPLES in socketpipe(1)"
        case 255 where said?.tellsOfManyLogins == true:
            "see sshd_config there: too many logins at once (MaxStartups), or too many failed ones "
                + "before (PerSourcePenalties)"
        case 255 where said == nil:
            "see its message above; does `\(byHand) true` work? (kex_exchange_identification means "
                + "too many logins for MaxStartups or PerSourcePenalties in sshd_config there)"
        case 255: "see its message above; does `\(byHand) true` work?"
        case 1...2 where isMissing:
            "is socketpipe missing there? install it, or name its path with --there"
        case 1, 2:
            "see its message above: if it is garbage, is socketpipe there built for that processor "
                + "(uname -m)? if it is the original socketpipe's usage, use --legacy"
        case 0:
            "it did not run the command it was given: try `\(byHand) echo hi` by hand"
        default: "see its message above"
        }
    }

    private static func sentence(_ failure: Failure, _ words: [Word]) -> String {
        let name = Verdict.naming(.remote, words)
        return switch failure {
        case .terminal: "the login command gives the other end a terminal"
        case .noInput: "the login command does not forward standard input"
        case .execution(.recordTooLong): "the pipe to \(name) cannot hold a whole record there"
        case .execution(let error):
            error == .notFound
                ? "\(name) was not found there"
                : "cannot \(error.whatFailed) \(name) there: \(error.sentence)"
        case .noInterpreter(let name):
            SessionError.interpreterSentence(.remote, words, name, where: " there")
        case .protocolError(let text):
            "protocol error from here to there: \(Text.escaped(text.utf8))"
        case .signal(let signal): "the other end was terminated by \(Signal.name(signal))"
        case .stall, .unanswered: "the other end heard nothing from here for too long"
        case .resources(let text): "the other end cannot run: \(Text.escaped(text.utf8))"
        case .system(let error): "the other end cannot continue: \(error.sentence)"
        case .countsNothing: SessionError.countsNothing(.there).sentence
        case .pacing(let error): SessionError.cannotPace(.back, error).sentence
        }
    }

    private static func interpreterSentence(
        _ role: Role, _ words: [Word], _ name: [UInt8], where place: String
    ) -> String {
        "cannot execute \(Verdict.naming(role, words))\(place): its interpreter \(Text.quoted(name)) "
            + "is missing"
    }

    private static func range(_ protocols: ClosedRange<Int64>) -> String {
        protocols.lowerBound == protocols.upperBound
            ? "\(protocols.lowerBound)" : "\(protocols.lowerBound)-\(protocols.upperBound)"
    }

    private static func list(
        _ failures: [(caller: End, endpoint: Endpoint, error: Errno)],
        _ refusals: [(end: End, error: Errno)]
    ) -> String {
        var lines = refusals.map { "cannot listen \($0.end.rawValue): \($0.error.sentence)" }
        for failure in failures {
            let reason =
                failure.error == .protocolError
                ? "something else listens there" : failure.error.sentence
            let line = "\(failure.endpoint) from \(failure.caller.rawValue): \(reason)"
            if !lines.contains(line) { lines.append(line) }
        }
        return lines.joined(separator: "; ")
    }
}

extension SessionError {
    private init(_ role: Role, _ words: [Word], _ obstacle: Executable.Obstacle) {
        self =
            switch obstacle {
            case .notFound: .cannotStart(role, words, .notFound)
            case .notExecutable: .cannotStart(role, words, .accessDenied)
            case .noInterpreter(let interpreter): .noInterpreter(role, words, interpreter)
            }
    }

    /// Looks for our own commands before anything is started: without them the other end's would
    /// open their files for nothing.
    static func requireCommands(_ plan: Plan, _ environment: Environment) throws(SessionError) {
        for (role, local) in [(Role.producer, plan.producer), (.consumer, plan.consumer)] {
            guard case .command(let words) = local, let name = words.first,
                let obstacle = Executable.obstacle(to: name, searchPath: environment["PATH"])
            else { continue }
            throw SessionError(role, words, obstacle)
        }
    }

    /// Looks at our own standard input and output, for the same reason.
    static func requireStandard(_ plan: Plan) throws(SessionError) {
        if plan.producer == .standard {
            if Descriptor.isOnlyWritten(0) { throw .unusable(.producer, .badDescriptor) }
            if FileKind(of: 0) == .directory { throw .unusable(.producer, .isDirectory) }
        }
        if plan.consumer == .standard, Descriptor.isOnlyRead(1) {
            throw .unusable(.consumer, .badDescriptor)
        }
    }

    /// - Throws: `wouldPad` for a reader that takes what has come for a whole block.
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

    /// - Throws: `noProc` where nobody could tell who holds a stream.
    static func requireProc() throws(SessionError) {
        let isOurs: Bool
        do throws(Errno) { isOurs = try Proc.isOurs() } catch { throw .system(error) }
        guard isOurs else { throw .noProc }
    }

    /// - Throws: `noNull` where nothing stands for nothing.
    static func requireNull() throws(SessionError) { _ = try null() }

    static func null() throws(SessionError) -> OwnedDescriptor {
        do throws(Errno) {
            return try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        } catch {
            throw error.isShortage ? .system(error) : .noNull(error)
        }
    }
}

extension Errno {
    /// It tells what there is too little of, whoever needs it: it is not the command's fault.
    var isShortage: Bool {
        [.outOfMemory, .tooManyOpenFiles, .tooManyFilesOfSystem, .noBuffers, .wouldBlock]
            .contains(self)
    }

    fileprivate var whatFailed: String { isShortage ? "start" : "execute" }

    fileprivate var shortageHint: String? {
        switch self {
        case .tooManyOpenFiles: "raise the limit of open files: ulimit -n"
        case .tooManyFilesOfSystem: "raise fs.file-max (sysctl)"
        case .wouldBlock: "raise the limit of processes: ulimit -u, or that of the container"
        default: nil
        }
    }
}

extension Outcome {
    package init(_ name: String, _ error: SessionError) {
        self.init(error.status, name, error.sentence, hint: error.hint)
    }
}
