import Glibc

/// Runs recipes at a place and reads their figures.
struct Trial {
    let bench: Workbench
    let place: Place
    /// A run that takes longer, in seconds, has failed.
    let patience: Int64

    /// The file in which a note of a run stands.
    func notePath(_ name: String) -> String { "\(bench.folder)/\(name).note" }

    /// Runs a recipe to its end; throws if one of its commands fails.
    func run(_ recipe: Recipe, port: Int) throws -> Figures {
        for name in ["sink", "here", "there", "call"] { unsafe unlink(notePath(name)) }
        unsafe unlink(output("report.json"))
        let start = Snapshot(accounts: place.accounts)
        let server = try recipe.server.map { try startServer($0, recipe.port ?? port) }
        defer { server?.destroy() }
        let began = monotonicNanoseconds()
        try runClient(recipe, deadline: began + patience * 1_000_000_000)
        if let server { try awaitServer(server) }
        let whole = Spending(from: start, to: Snapshot(accounts: place.accounts))
        var figures = Figures(whole: whole)
        figures.ours = try ours()
        figures.session = SessionReport(at: output("report.json"))
        if let note = try note(SinkNote.self, at: notePath("sink")) {
            figures.read(note, since: began)
        }
        return figures
    }

    private func startServer(_ words: [String], _ port: Int) throws -> Child {
        let server = try spawn(words, at: place.there, Streams(error: output("there.err")))
        do {
            try server.awaitListening(port)
        } catch {
            server.destroy()
            throw Failure("\(words[0]): \(error) \(said("there.err"))")
        }
        return server
    }

    private func runClient(_ recipe: Recipe, deadline: Int64) throws {
        let streams = Streams(
            input: recipe.input, output: output("here.out"), error: output("here.err"))
        let client = try spawn(recipe.client, at: place.here, streams)
        defer { client.destroy() }
        guard let ending = try client.wait(before: deadline) else {
            throw Failure("not ended after \(patience) s. \(said("here.err"))")
        }
        guard ending == .exited(0) else { throw Failure("\(ending): \(said("here.err"))") }
    }

    private func awaitServer(_ server: Child) throws {
        let deadline = monotonicNanoseconds() + 10_000_000_000
        guard let ending = try server.wait(before: deadline) else {
            throw Failure("the server has not ended 10 s after the client")
        }
        guard ending == .exited(0) else {
            throw Failure("the server \(ending): \(said("there.err"))")
        }
    }

    private func ours() throws -> ProcessFigures? {
        let notes = try ["here", "there"].compactMap { end in
            try note(ProcessFigures.self, at: notePath(end))
        }
        return notes.isEmpty ? nil : notes.reduce(ProcessFigures(), +)
    }

    private func output(_ name: String) -> String { "\(bench.folder)/\(name)" }

    private func said(_ name: String) -> String { (text(of: output(name)) ?? "").tail }
}

extension Figures {
    /// - Parameter began: When the client was started.
    fileprivate mutating func read(_ note: SinkNote, since began: Int64) {
        byteCount = note.byteCount
        isVerified = note.isNoise
        guard let first = note.first, let last = note.last else { return }
        firstByteSeconds = (first.nanoseconds - began).seconds
        endSeconds = (note.endNanoseconds - last.nanoseconds).seconds
        // One byte says nothing about a rate.
        guard note.byteCount >= 1_000_000 else { return }
        let transfer = Spending(from: first, to: last)
        self.transfer = transfer
        megabytesPerSecond = Double(note.byteCount) / transfer.seconds / 1e6
    }
}
