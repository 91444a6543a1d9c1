extension Scenario {
    /// The end of a shell's pipeline, whose pipes hold 64 KiB, behind large and small writes.
    static let pipelines =
        steps(
            "loopback", "loopback", .loopback, byteCount: 2_000_000_000,
            criteria: ["mbuffer", "nc"].map { .ratio("stdin-pipe", to: $0, .atLeast(1.5)) }
                + [.ratio("stdin-pipe", to: "hand-off", .atLeast(0.4))])
        + steps(
            "10g", "a link of 10 Gbit/s", .link(rate: "10gbit"), byteCount: 1_500_000_000,
            criteria: [.ratio("stdin-pipe", to: "bare", .atLeast(0.98)), relaysThatSleep],
            // Headers take 6 % of a link.
            carries: 0.94 * 1250)
        + steps(
            "1g", "a link of 1 Gbit/s", .link(rate: "1gbit"), byteCount: 250_000_000,
            criteria: [.ratio("stdin-pipe", to: "bare", .atLeast(0.98)), relaysThatSleep],
            carries: 0.94 * 125)

    private static let relaysThatSleep = Criterion.figure("relay-both", .ourCPU, .atMost(0.25))

    private static func steps(
        _ step: String, _ way: String, _ path: Path, byteCount: Int, criteria: [Criterion],
        carries link: Double? = nil
    ) -> [Scenario] {
        [
            member(step, "1 MiB over \(way)", path, byteCount, 1 << 20, criteria),
            member(
                "\(step)-4k", "4 KiB over \(way)", path, byteCount, 4 << 10,
                [.ratio("stdin-pipe", to: "nc", .atLeast(1), link: link)]),
        ]
    }

    private static func member(
        _ step: String, _ what: String, _ path: Path, _ byteCount: Int, _ block: Int,
        _ criteria: [Criterion]
    ) -> Scenario {
        Scenario(
            name: "pipeline-\(step)", what: "the end of a shell's pipeline, writes of \(what)",
            path: path, exercise: .stream(byteCount: byteCount),
            contenders: [
                "stdin-pipe", "nc", "mbuffer", "socat", "pv-nc", "ssh-gcm", "relay-both",
                "hand-off", "bare",
            ],
            criteria: criteria, block: block, family: "pipeline")
    }
}
