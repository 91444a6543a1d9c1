import LinuxSystem
import Relaying

/// Moves bytes between two descriptors by the engines of socketpipe's relay.
///
/// ```swift
/// let summary = try Relay.move(from: STDIN_FILENO, to: socket, engine: .automatic)
/// print("\(summary.byteCount) bytes by \(summary.engine)")
/// ```
///
/// `SIGPIPE` is to be ignored by the caller: a reader that is gone is then an error of the target.
public enum Relay {
    /// How bytes are moved.
    public enum Engine: String, CaseIterable, Sendable {
        /// The fastest that both files allow.
        case automatic
        /// `splice` and `sendfile` that never wait. Of a file they give its own pages: do not change
        /// it before the target's reader has them.
        case splice
        /// Reads and writes through io_uring.
        case ring
        /// Splices through io_uring.
        case ringSplice
        /// `read` and `write`.
        case copy
    }

    /// What became of the bytes.
    public struct Summary: Equatable, Sendable {
        /// The bytes that the target took.
        public let byteCount: Int64
        /// The engine that moved them to the end.
        public let engine: Engine
        /// Why it was not a faster one, where it was not.
        public let reason: String?
    }

    /// Why the end of the source was not reached; the numbers are those of `errno(3)`.
    ///
    /// `EBADFD` of a target: the file does not stand where the bytes that it took would have put it;
    /// somebody moved or cut it meanwhile. `EBADFD` of a source: the file ended before the length that
    /// it had when it began to be read.
    public enum Failure: Error, Equatable, Sendable {
        case source(errno: CInt, given: Int64)
        case target(errno: CInt, given: Int64)
    }

    /// Moves everything from the source to the target, and waits for its end.
    ///
    /// Neither is closed. Flags of the descriptors, which others may see, stay as they are unless
    /// `isExclusive`: only then are sockets spliced, and left `O_NONBLOCK` or not as the engine
    /// needed them.
    ///
    /// - Parameters:
    ///   - source: A descriptor open for reading, read from its present offset.
    ///   - target: A descriptor open for writing.
    ///   - engine: How to move; where the kernel refuses, copying goes on, and nothing is lost.
    ///   - isExclusive: Whether nobody else uses the sockets among the two.
    /// - Returns: What was moved when the source came to its end.
    public static func move(
        from source: CInt, to target: CInt, engine: Engine = .automatic, isExclusive: Bool = false
    ) throws(Failure) -> Summary {
        var mover = mover(source, target, engine, isExclusive)
        mover.advance()
        while mover.progress.isRunning || mover.isSettling {
            var readiness = Readiness()
            mover.watch(&readiness)
            do throws(Errno) { try readiness.wait(until: mover.deadline) } catch {
                throw .source(errno: error.code, given: mover.progress.given)
            }
            mover.advance()
        }
        if mover.progress.hasDelivered {
            do throws(Errno) { try mover.confirm() } catch {
                throw .target(errno: error.code, given: mover.progress.given)
            }
        }
        return try summary(mover.progress, mover.choice)
    }

    private static func mover(
        _ source: CInt, _ target: CInt, _ engine: Engine, _ isExclusive: Bool
    ) -> Mover {
        let (from, to) = (FileKind(of: source) ?? .regular, FileKind(of: target) ?? .regular)
        let isSending = to == .socket || (to == .pipe && from != .socket)
        let sockets = [(source, from), (target, to)].filter { $0.1 == .socket }.map { $0.0 }
        let shared = !isExclusive && !sockets.isEmpty
        // A socket that others share decides over the engine, whichever of the two it is.
        let choice = EngineChoice.first(
            engine.relayEngine, isSending ? .toConnection : .fromConnection,
            shared ? .socket : isSending ? from : to, isForeign: !isExclusive, hasChecksum: false)
        return Mover(
            from: source, to: target, isSending ? .toConnection : .fromConnection,
            ours: isExclusive ? sockets : [], choice)
    }

    private static func summary(
        _ progress: RelayProgress, _ choice: EngineChoice
    ) throws(Failure) -> Summary {
        if case .failed(let error) = progress.target {
            throw .target(errno: error.code, given: progress.given)
        }
        if case .failed(let error) = progress.source {
            throw .source(errno: error.code, given: progress.given)
        }
        return Summary(
            byteCount: progress.given, engine: Engine(choice.engine), reason: choice.reason)
    }
}

extension Relay.Engine {
    var relayEngine: RelayEngine? {
        switch self {
        case .automatic: nil
        case .splice: .splice
        case .ring: .ring
        case .ringSplice: .ringSplice
        case .copy: .copy
        }
    }

    init(_ engine: RelayEngine) {
        switch engine {
        case .splice: self = .splice
        case .ring: self = .ring
        case .ringSplice: self = .ringSplice
        case .copy: self = .copy
        }
    }
}
