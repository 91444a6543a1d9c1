import Fixtures
import Glibc

/// One long session there and back, at a limited rate, that loses a connection, its login, or both
/// every 5 to 20 s.
struct Endurance {
    private static let rate = 10 << 20

    private let mark: Mark
    private let yard: Yard
    private let folder: String
    private let size: Int
    private let words: Words

    init(minutes: Int, of soak: Soak, in yard: Yard) {
        self.yard = yard
        folder = soak.folder.path
        // With an end, as the marks of sessions have.
        mark = Mark("\(soak.name)-0.")
        size = Self.rate * 60 * minutes
        let source = "seq 1000000000000 | head -c $1 | tee >(sha256sum >$2)"
        words =
            [soak.socketpipe, "--there", soak.remote, "--reconnect", "60", "--verbose"]
            + ["--rate", "\(Self.rate)", "--report", folder + "/report"]
            + ["-i"] + Words.bash(source, "\(size)", folder + "/sent").braced
            + ["-o"] + Words.sh("sha256sum >$1", folder + "/got").braced
            + ["-l"] + yard.server.login.braced + ["-r"] + Words("cat").braced
    }

    /// Runs it, and says what it lost and what came of it.
    ///
    /// - Returns: Whether every byte arrived.
    func run(_ chance: inout SeededGenerator) throws -> Bool {
        let child = try Child(
            yard.here + words, Streams(error: folder + "/error"),
            environment: mark.environment, leading: .session)
        defer { child.destroy() }
        var count = 0
        var next = monotonicNanoseconds() + 5_000_000_000
        let deadline = monotonicNanoseconds() + Int64(size / Self.rate) * 2_000_000_000
        while child.exit == nil, monotonicNanoseconds() < deadline {
            try Signals.wait(nanoseconds: 100_000_000)
            guard monotonicNanoseconds() >= next else { continue }
            if let deed = try strike(&chance) {
                count += 1
                say("\(count): \(deed)")
            }
            next = monotonicNanoseconds() + Int64(5 + chance.below(16)) * 1_000_000_000
        }
        return judge(child.exit ?? .overran, count)
    }

    private func strike(_ chance: inout SeededGenerator) throws -> String? {
        let loss = Loss(mark: mark, yard: yard)
        let which = chance.below(3)
        let deeds = [which == 0 ? nil : loss.ofLogin(), which == 1 ? nil : try loss.ofConnection()]
        let told = deeds.compactMap(\.self).joined(separator: ", ")
        return told.isEmpty ? nil : told
    }

    private func judge(_ exit: Exit, _ count: Int) -> Bool {
        let (sent, got) = (text(of: folder + "/sent"), text(of: folder + "/got"))
        let told = Report(contentsOf: folder + "/report")?.reconnects?.count ?? 0
        say("\(exit); \(size) bytes; \(count) strikes; it went on \(told) times")
        say("sent \(sent ?? "nothing")got  \(got ?? "nothing")")
        _ = try? happens(within: 10) { mark.processes().isEmpty }
        let left = mark.processes()
        let isAll = exit == .status(0) && sent != nil && sent == got && told > 0
        if !isAll { say((text(of: folder + "/error") ?? "").suffix(3000).description) }
        if !left.isEmpty { say("left behind: \(left)") }
        return isAll && left.isEmpty
    }
}
