extension Scenario {
    /// What changes with one thing: each family is a scenario for each of its steps.
    static let families =
        payloads + blocks + growth + parallel + bothWays + rates + tape + encrypt + reconnect
        + pipelines + measuring

    private static let few = ["bare", "ssh", "ssh-gcm", "socat-1m", "hand-off", "relay-both"]

    private static let payloads = [
        member(
            "payload", "noise", "one stream of incompressible bytes, over loopback",
            .stream(byteCount: 1_000_000_000), payload: .noise),
        member(
            "payload", "tree", "a tree of small and large files through tar, over loopback",
            .stream(byteCount: 300_000_000), payload: .tree),
    ]

    private static let blocks = [(4, "4k"), (16, "16k"), (64, "64k"), (256, "256k"), (1024, "1m")]
        .map { kibibytes, step in
            member(
                "blocks", step, "one stream over loopback, its source writes \(step) at once",
                .stream(byteCount: 500_000_000), block: kibibytes << 10,
                also: ["nc", "record", "stdin-pipe"])
        }

    private static let growth = [
        ("100m", 100_000_000), ("1g", 1_000_000_000), ("10g", 10_000_000_000),
        ("100g", 100_000_000_000),
    ].map { step, byteCount in
        member(
            "growth", step, "one stream of \(byteCount / 1_000_000) MB over loopback",
            .stream(byteCount: byteCount), also: ["buffer"])
    }

    private static let parallel = [1, 2, 4, 8, 16].map { sessions in
        member(
            "parallel", "\(sessions)", "1 GB over loopback, sessions at once: \(sessions)",
            .parallel(sessions: sessions, byteCount: 1_000_000_000), also: ["nc"])
    }

    private static let bothWays = [
        ("loopback", "loopback", Path.loopback),
        ("lan-10g", "a link of 10 Gbit/s", .link(rate: "10gbit")),
    ].map { step, way, path in
        member(
            "both-ways", step, "1 GB in each direction at once, over \(way)",
            // Not nc: the one that listens leaves when the other's stream ends.
            .bothWays(byteCount: 1_000_000_000), path: path, also: ["rsh", "stdin-pipe"])
    }

    private static let rates = [
        ("loopback", "loopback", Path.loopback),
        ("lan-10g", "a link of 10 Gbit/s", .link(rate: "10gbit")),
    ].map { step, way, path in
        var scenario = member(
            "rate", step, "the rate over time of one run of 6 GB, over \(way)",
            .stream(byteCount: 6_000_000_000), path: path,
            also: ["nc", "mbuffer", "record", "buffer"])
        scenario.isSampled = true
        return scenario
    }

    private static let measuring = [
        ("loopback", "loopback", Path.loopback, 10_000_000_000),
        ("lan-1g", "a link of 1 Gbit/s", .link(rate: "1gbit"), 250_000_000),
        ("lan-10g", "a link of 10 Gbit/s", .link(rate: "10gbit"), 2_500_000_000),
        ("20ms", "a fast path of 20 ms", .delayLine(milliseconds: 10), 500_000_000),
    ].map { step, way, path, byteCount in
        Scenario(
            name: "measure-\(step)", what: "what the measuring programs say of \(way)", path: path,
            exercise: .stream(byteCount: byteCount), contenders: ["iperf3", "measure", "hand-off"],
            criteria: [
                .ratio("measure", to: "iperf3", .atLeast(0.95)),
                .ratio("measure", .processCPU, to: "iperf3", .atMost(1)),
            ], family: "measure")
    }

    private static func member(
        _ family: String, _ step: String, _ what: String, _ exercise: Exercise,
        path: Path = .loopback, block: Int = 1 << 20, payload: Payload = .zeros,
        also others: [String] = []
    ) -> Scenario {
        Scenario(
            name: "\(family)-\(step)", what: what, path: path, exercise: exercise,
            contenders: few + others, block: block, payload: payload, family: family)
    }
}
