import Fixtures
import Glibc

extension Session {
    /// Strikes at the moment that was drawn, or as soon as the victim is there, and says how; `nil`
    /// if the session ended before, or took too long.
    func strike(_ child: Child, within seconds: Int64) throws -> String? {
        usleep(UInt32(moment * 1e6))
        var struck: String?
        for _ in 0..<lossCount {
            _ = try happens(within: seconds) {
                guard child.exit == nil else { return true }
                let deed = try strikeOnce()
                struck = deed ?? struck
                return deed != nil
            }
        }
        return struck
    }

    private func strikeOnce() throws -> String? {
        switch victim {
        case .hole: return try digHole()
        case .connection: return try Loss(mark: mark, yard: yard).ofConnection()
        case .login where limit != nil && Loss(mark: mark, yard: yard).connections.isEmpty:
            return nil
        case .link:
            try yard.setLink("there", "down")
            usleep(UInt32(outage * 1e6))
            try yard.setLink("there", "up")
            // A search for the neighbour that began during the cut fails a later call.
            try Said.must(
                .init(["ip", "-n", "\(yard.name)-here", "neigh", "flush", "dev", "eth0"]))
            return "link cut for \(outage) s"
        default:
            guard let found = findVictim(), kill(found.pid, signal) == 0 else { return nil }
            return "signal \(signal) to \(found)"
        }
    }

    /// One of the processes that play the victim.
    private func findVictim() -> Found? {
        var found = mark.processes().filter { victim.isPlayed(by: $0.words) }
        // Children look like an end or a shell until they have words of their own, a guard always.
        if [.here, .there, .shell].contains(victim) {
            let pids = Set(found.map(\.pid))
            found.removeAll { pids.contains($0.parent) }
        }
        return found.randomElement()
    }

    /// Lets nothing of the stream through any more, or only what is small; the login goes on. (nft
    /// makes one comparison of two neighbours that are both '!=', and either would do then.)
    private func digHole() throws -> String {
        var chance = chance
        let which = chance.pick("", "meta length > 600")
        let chains = [("in", "input", "iif"), ("out", "output", "oif")].map { name, hook, side in
            """
            chain \(name) {
                type filter hook \(hook) priority 0; \(side) lo accept
                tcp dport \(yard.server.port) accept
                tcp sport \(yard.server.port) accept
                meta l4proto tcp \(which) drop
            }
            """
        }
        let rules = "table inet soak {\n\(chains.joined(separator: "\n"))\n}"
        try Said.must(yard.there + .sh("nft -f - <<END\n\(rules)\nEND"))
        return "black hole \(which.isEmpty ? "for all" : which)"
    }
}

extension Session.Victim {
    /// By what a strike knows the processes of a role.
    func isPlayed(by words: [String]) -> Bool {
        let isShell = words.prefix(2) == ["sh", "-ec"]
        let role = words.dropFirst(3).first
        return switch self {
        case .here:
            ["--there", "--push"].contains(words.dropFirst().first)
                && words[0].hasSuffix("socketpipe")
        case .there: words.dropFirst().first == "--remote-end"
        case .shell: words == ["sh"]
        case .login: words.prefix(2) == ["ssh", "-F"]
        case .producer:
            isShell && role == "produce" || words.first == "dd" && words[1].hasPrefix("if=")
        case .consumer:
            isShell && role == "consume" || words.first == "dd" && words[1].hasPrefix("of=")
        case .pass: isShell && role == "pass" || words == ["cat"]
        case .link, .hole, .connection: false
        }
    }
}
