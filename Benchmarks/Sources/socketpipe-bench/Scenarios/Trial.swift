import Fixtures
import Glibc

/// Runs recipes at a place and reads their figures.
struct Trial {
    let place: Place
    /// A run that takes longer, in seconds, has failed.
    let patience: Int64

    /// What one session does, where, and on which port its server listens.
    struct Part {
        let lane: Lane
        let recipe: Recipe
        let port: Int
    }

    /// Runs sessions at the same time, each to its end; throws if a command of one fails.
    /// - Parameter gate: Opened when all of them are connected.
    func run(_ parts: [Part], _ gate: Gate? = nil) throws -> Figures {
        let start = Snapshot(accounts: place.accounts)
        var sessions: [Session] = []
        defer { for session in sessions { session.destroy() } }
        for part in parts {
            sessions.append(
                try Session(part.recipe, at: place, in: part.lane, port: part.port))
        }
        let opened = try gate?.open(to: sessions, within: patience)
        defer { if let opened { close(opened) } }
        var memory = MemoryWatch(accounts: place.accounts)
        for session in sessions {
            try session.awaitEnd(within: patience) { memory.look() }
        }
        let whole = Spending(from: start, to: Snapshot(accounts: place.accounts))
        var figures = try figures(of: sessions, whole)
        figures.peakKilobytes = memory.peakKilobytes
        return figures
    }

    private func figures(of sessions: [Session], _ whole: Spending) throws -> Figures {
        var figures = Figures(whole: whole)
        let ours = try notes(ProcessFigures.self, ["here", "there"], of: sessions)
        figures.ours = ours.isEmpty ? nil : ours.reduce(ProcessFigures(), +)
        figures.buffer = try ["buffer", "there"].lazy
            .compactMap { try notes(ProcessFigures.self, [$0], of: sessions).first }.first
        figures.session = sessions.first.flatMap { SessionReport(at: $0.lane.report) }
        let arrivals = try notes(SinkNote.self, ["sink", "hearer"], of: sessions)
        let source = try notes(Snapshot.self, ["source"], of: sessions).first
        if let began = sessions.first?.began { figures.read(arrivals, since: began, source) }
        return figures
    }

    private func notes<Note: Decodable>(
        _ type: Note.Type, _ names: [String], of sessions: [Session]
    ) throws -> [Note] {
        try sessions.flatMap { session in
            try names.compactMap { try note(type, at: session.lane.notePath($0)) }
        }
    }
}

extension Figures {
    /// Takes all that arrived as one transfer, from the first byte to the last.
    /// - Parameters:
    ///   - began: When the first client was started.
    ///   - source: When the source was, if it noted that: the transfer begins there.
    fileprivate mutating func read(
        _ notes: [SinkNote], since began: Int64, _ source: Snapshot?
    ) {
        guard !notes.isEmpty else { return }
        let arrived = notes.map(\.byteCount).reduce(0, +)
        byteCount = arrived
        let verdicts = notes.compactMap(\.isAsSent)
        isVerified = verdicts.isEmpty ? nil : verdicts.allSatisfy { $0 }
        let (firsts, lasts) = (notes.compactMap(\.first), notes.compactMap(\.last))
        guard lasts.count == notes.count,
            let first = firsts.min(by: { $0.nanoseconds < $1.nanoseconds }),
            let last = lasts.max(by: { $0.nanoseconds < $1.nanoseconds })
        else { return }
        firstByteSeconds = (first.nanoseconds - began).seconds
        course = notes[0].course
        endSeconds = (notes.map(\.endNanoseconds).max()! - last.nanoseconds).seconds
        // One byte says nothing about a rate.
        guard arrived >= 1_000_000 else { return }
        let transfer = Spending(from: source ?? first, to: last)
        self.transfer = transfer
        megabytesPerSecond = Double(arrived) / transfer.seconds / 1e6
    }
}
