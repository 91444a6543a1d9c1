import Fixtures
import Glibc

/// One session of a contender, under way.
struct Session {
    let lane: Lane
    /// When the client was started.
    let began: Int64
    private let server: Child?
    private let client: Child

    init(_ recipe: Recipe, at place: Place, in lane: Lane, port: Int) throws {
        self.lane = lane
        lane.clear()
        server = try recipe.server.map {
            try Self.startServer($0, at: place.there, in: lane, recipe.port ?? port)
        }
        began = monotonicNanoseconds()
        let streams = Streams(
            input: .file(recipe.input), output: lane.path("here.out"), error: lane.path("here.err"))
        do {
            client = try spawn(recipe.client, at: place.here, streams)
        } catch {
            server?.destroy()
            throw error
        }
    }

    private static func startServer(
        _ words: [String], at site: Site, in lane: Lane, _ port: Int
    ) throws -> Child {
        let server = try spawn(words, at: site, Streams(error: lane.path("there.err")))
        do {
            try server.awaitListening(port)
        } catch {
            server.destroy()
            throw Failure("\(words[0]): \(error) \(lane.said("there.err"))")
        }
        return server
    }

    var hasEnded: Bool { client.exit != nil }

    /// Throws if one of its commands fails.
    /// - Parameter tick: Called now and then in the meantime.
    func awaitEnd(within patience: Int64, tick: () -> Void) throws {
        let deadline = began + patience * 1_000_000_000
        guard let ending = try client.wait(before: deadline, tick: tick) else {
            throw Failure("not ended after \(patience) s. \(lane.said("here.err"))")
        }
        guard ending == .status(0) else { throw Failure("\(ending): \(lane.said("here.err"))") }
        if let server { try awaitServer(server) }
    }

    private func awaitServer(_ server: Child) throws {
        let deadline = monotonicNanoseconds() + 10_000_000_000
        guard let ending = try server.wait(before: deadline) else {
            throw Failure("the server has not ended 10 s after the client")
        }
        guard ending == .status(0) else {
            throw Failure("the server \(ending): \(lane.said("there.err"))")
        }
    }

    func destroy() {
        client.destroy()
        server?.destroy()
    }
}

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

extension Child {
    /// Waits until something in the process's network listens on a port.
    func awaitListening(_ port: Int, within seconds: Int64 = 30) throws {
        let listens = try happens(within: seconds) {
            if let exit { throw Failure("it \(exit) before it listened.") }
            return ListeningSocket.all(besides: pid).contains {
                $0.port == port && !$0.address.contains(":")
            }
        }
        guard listens else {
            throw Failure("nothing listens on port \(port) after \(seconds) s.")
        }
    }
}
