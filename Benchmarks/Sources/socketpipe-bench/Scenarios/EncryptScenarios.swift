extension Scenario {
    /// What it costs that nobody on the way reads the stream, by us and by others.
    static let encrypt = [sealedLoopback, sealedTenGigabit]

    private static let contenders = [
        "encrypt", "ssh-gcm", "chacha", "ssh", "relay-copy", "hand-off", "openssl",
        "socat-tls",
    ]

    private static let sealedLoopback = Scenario(
        name: "encrypt-loopback", what: "one encrypted stream over loopback",
        path: .loopback, exercise: .stream(byteCount: 2_000_000_000), contenders: contenders,
        criteria: [
            .ratio("encrypt", to: "ssh-gcm", .atLeast(1.5)),
            .ratio("encrypt", .processCPU, to: "ssh-gcm", .atMost(0.65)),
            .ratio("chacha", to: "ssh", .atLeast(1.6)),
            .ratio("chacha", .processCPU, to: "ssh", .atMost(0.6)),
        ],
        family: "encrypt")

    private static let sealedTenGigabit = Scenario(
        name: "encrypt-10g", what: "one encrypted stream over a link of 10 Gbit/s",
        path: .link(rate: "10gbit"), exercise: .stream(byteCount: 1_500_000_000),
        contenders: contenders,
        // Headers take 6 % of the link.
        criteria: [.ratio("encrypt", to: "ssh-gcm", .atLeast(1.4), link: 0.94 * 1250)],
        family: "encrypt")
}
