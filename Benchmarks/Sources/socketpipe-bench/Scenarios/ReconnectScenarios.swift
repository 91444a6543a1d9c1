extension Scenario {
    /// What it costs to be able to go on after a loss, and how long that takes.
    static let reconnect = [keptLoopback, cut, keptTenGigabit]

    private static let contenders = [
        "reconnect", "relay-both", "reconnect-copy", "relay-copy", "hand-off",
    ]

    private static let keptLoopback = Scenario(
        name: "reconnect-loopback", what: "one stream that could go on after a loss, over loopback",
        path: .loopback, exercise: .stream(byteCount: 4_294_967_296), contenders: contenders,
        criteria: criteria
            + [
                .ratio("reconnect-copy", to: "relay-copy", .atLeast(0.9)),
                Criterion(
                    contender: "reconnect", metric: .ourPeak,
                    comparison: .difference(from: "relay-both"), bound: .atMost(4)),
            ],
        family: "reconnect")

    private static let keptTenGigabit = Scenario(
        name: "reconnect-10g", what: "the same over a link of 10 Gbit/s",
        path: .link(rate: "10gbit"), exercise: .stream(byteCount: 1_500_000_000),
        contenders: contenders, criteria: criteria, family: "reconnect")

    private static let criteria: [Criterion] = [
        .ratio("reconnect", to: "relay-both", .atLeast(0.97)),
        .ratio("reconnect", .processCPU, to: "relay-both", .atMost(1.05)),
    ]

    /// A login takes a quarter of a second here.
    private static let cut = Scenario(
        name: "reconnect-cut", what: "100 MiB/s that lose their connection, or their login",
        path: .loopback, exercise: .stream(byteCount: 300_000_000),
        contenders: ["cut-data", "cut-login", "cut-via-login"],
        criteria: [
            .figure("cut-data", .gap, .atMost(1000)), .figure("cut-login", .gap, .atMost(1000)),
            .figure("cut-via-login", .gap, .atMost(1500)),
        ],
        isSampled: true, family: "reconnect")
}
