import Glibc

/// Holds the sources of many sessions back until all of them are connected.
///
/// Otherwise the first would be done while the last still logs in.
struct Gate {
    /// A FIFO: to open it for reading takes until somebody has it open for writing.
    private let path: String

    init(in folder: String) throws {
        path = "\(folder)/gate"
        unsafe unlink(path)
        guard unsafe mkfifo(path, 0o600) == 0 else { throw Failure(path, errno: errno) }
    }

    /// The command that starts when the gate opens.
    func holding(_ source: [String], in lane: Lane) -> [String] {
        [lane.path("bench"), "gate", lane.path("source.ready"), path] + source
    }

    /// The command that says when it is there.
    func announcing(_ sink: [String], in lane: Lane) -> [String] {
        [lane.path("bench"), "gate", lane.path("sink.ready"), "-"] + sink
    }

    /// Waits until both commands of every session are there, and lets the sources go.
    /// - Returns: A descriptor that keeps the gate open for those that come a little late.
    func open(to sessions: [Session], within seconds: Int64) throws -> Int32 {
        let marks = sessions.flatMap { session in
            ["source.ready", "sink.ready"].map { session.lane.path($0) }
        }
        let deadline = monotonicNanoseconds() + seconds * 1_000_000_000
        while !marks.allSatisfy({ unsafe access($0, F_OK) == 0 }) {
            guard monotonicNanoseconds() < deadline, !sessions.contains(where: \.hasEnded) else {
                throw Failure("not all sessions came about. \(sessions[0].lane.said("here.err"))")
            }
            try Signals.wait(nanoseconds: 5_000_000)
        }
        let gate = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard gate >= 0 else { throw Failure(path, errno: errno) }
        return gate
    }
}
