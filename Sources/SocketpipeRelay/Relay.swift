import LinuxSystem
import Relaying

/// Moves bytes between two descriptors by the engines of socketpipe's relay.
///
/// ```swift
/// let summary = try Relay.move(from: STDIN_FILENO, to: socket, engine: .automatic)
/// print("\(summary.byteCount) bytes by \(summary.engine)")
/// ```
///
/// The caller must ignore `SIGPIPE`: a reader that is gone is then an error of the target.
public enum Relay {
    /// How to move bytes.
    public enum Engine: String, CaseIterable, Sendable {
        /// The fastest engine that both files allow.
        case automatic
        /// `splice` and `sendfile` that never wait. They pass a file's own pages on: do not change
        /// it before the target's reader has them.
        case splice
        /// Reads and writes through io_uring.
        case ring
        /// Splices through io_uring.
        case ringSplice
        /// `read` and `write`.
        case copy
    }

    /// What happened to the bytes.
    public struct Summary: Equatable, Sendable {
        /// The bytes that the target took.
        public let byteCount: Int64
        /// The engine that moved them to the end.
        public let engine: Engine
        /// Why it was not a faster one; `nil` if it was the fastest.
        public let reason: String?
    }

    /// Why the move ended before the end of the source; the numbers are those of `errno(3)`.
    ///
    /// `EBADFD` of a target: the file's offset is not where its bytes would have put it, because
    /// another program moved the offset or truncated the file. `EBADFD` of a source: the file ended
    /// before the length that it had at the start.
    public enum Failure: Error, Equatable, Sendable {
        case source(errno: CInt, given: Int64)
        case target(errno: CInt, given: Int64)
    }

    /// Moves everything from the source to the target, and waits for its end.
    ///
    /// It closes neither. It leaves the flags of the descriptors, which other processes may see,
    /// unless `isExclusive`: only then does it splice sockets, and leave them `O_NONBLOCK` or not
    /// as the engine needed them.
    ///
    /// - Parameters:
    ///   - source: A descriptor open for reading, from its current offset on.
    ///   - target: A descriptor open for writing.
    ///   - engine: How to move; if the kernel refuses, it continues by copying, and nothing is
    ///     lost.
    ///   - isExclusive: Whether no other process uses the sockets among the two.
    /// - Returns: The bytes moved when the source ended, and the engine.
    /// - Throws: Which of the two failed, why, and how many bytes the target had taken by then.
    ///
    /// The corresponding C functions are `splice`, `sendfile`, `read`, `write` and `io_uring_enter`.
    public static func move(
        from source: CInt, to target: CInt, engine: Engine = .automatic, isExclusive: Bool = false
    ) throws(Failure) -> Summary {
        var mover = mover(
            Descriptor(number: source), Descriptor(number: target), engine, isExclusive)
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
        _ source: Descriptor, _ target: Descriptor, _ engine: Engine, _ isExclusive: Bool
    ) -> Mover {
        let (from, to) = (FileKind(of: source) ?? .regular, FileKind(of: target) ?? .regular)
        let isSending = to == .socket || (to == .pipe && from != .socket)
        let sockets = [(source, from), (target, to)].filter { $0.1 == .socket }.map { $0.0 }
        let shared = !isExclusive && !sockets.isEmpty
        // A shared socket decides the engine, whichever of the two it is.
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
