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
            input: recipe.input, output: lane.path("here.out"), error: lane.path("here.err"))
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

    var hasEnded: Bool { client.ending != nil }

    /// Throws if one of its commands fails.
    /// - Parameter tick: Called now and then in the meantime.
    func awaitEnd(within patience: Int64, tick: () -> Void) throws {
        let deadline = began + patience * 1_000_000_000
        guard let ending = try client.wait(before: deadline, tick: tick) else {
            throw Failure("not ended after \(patience) s. \(lane.said("here.err"))")
        }
        guard ending == .exited(0) else { throw Failure("\(ending): \(lane.said("here.err"))") }
        if let server { try awaitServer(server) }
    }

    private func awaitServer(_ server: Child) throws {
        let deadline = monotonicNanoseconds() + 10_000_000_000
        guard let ending = try server.wait(before: deadline) else {
            throw Failure("the server has not ended 10 s after the client")
        }
        guard ending == .exited(0) else {
            throw Failure("the server \(ending): \(lane.said("there.err"))")
        }
    }

    func destroy() {
        client.destroy()
        server?.destroy()
    }
}
