import Fixtures
import Glibc

extension Bout {
    /// A turn at an exercise in which both ends send.
    func converse(
        _ dialogue: (Dialogue) -> Recipe, verifies: Bool, _ port: Int
    ) throws -> Figures {
        let lane = try bench.lane(0)
        guard case .messages(let count, let size) = exercise else {
            return try exchange(dialogue, verifies: verifies, lane, port)
        }
        let (program, tokens) = (lane.path("bench"), lane.path("tokens"))
        unsafe unlink(tokens)
        guard unsafe mkfifo(tokens, 0o600) == 0 else { throw Failure(tokens, errno: errno) }
        let note = lane.notePath("call")
        var figures = try run(
            dialogue, lane, port, caller: [program, "call", note, "\(count)", "\(size)", tokens],
            hearer: [program, "hear", "\(size)", tokens], echo: [program, "echo"])
        guard let call = try socketpipe_bench.note(CallNote.self, at: note) else {
            throw Failure("no messages were exchanged")
        }
        figures.roundTrips = call.roundTrips
        figures.roundTripsPerSecond = Double(call.roundTrips) / call.seconds
        return figures
    }

    /// Each end sends all the time, and the two streams count as one.
    private func exchange(
        _ dialogue: (Dialogue) -> Recipe, verifies: Bool, _ lane: Lane, _ port: Int
    ) throws -> Figures {
        var load = try load(verifies: verifies)
        if !verifies { load.likeness = nil }
        let both = [lane.path("bench"), "both", "\(load.byteCount)", "\(block)"]
        let figures = try run(
            dialogue, lane, port, caller: load.source,
            hearer: ourSink(load, lane, note: "hearer"),
            echo: both + ourSink(load, lane, note: "sink").dropFirst(2))
        try figures.check(2 * load.byteCount, isCompared: load.likeness != nil)
        return figures
    }

    private func run(
        _ dialogue: (Dialogue) -> Recipe, _ lane: Lane, _ port: Int, caller: [String],
        hearer: [String], echo: [String]
    ) throws -> Figures {
        let recipe = dialogue(
            Dialogue(
                place: place.metered(in: lane), folder: lane.folder, caller: caller,
                hearer: hearer, echo: echo, port: port))
        return try trial.run([Trial.Part(lane: lane, recipe: recipe, port: port)])
    }
}
