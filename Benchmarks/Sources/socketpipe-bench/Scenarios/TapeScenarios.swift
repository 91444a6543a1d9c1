extension Scenario {
    /// Readers of records, as tape drives are, and what can stand before them.
    static let tape = [steady, bursty]

    private static let byteCount = 4_000_000_000

    private static let steady = Scenario(
        name: "tape-steady", what: "a reader of 256 KiB at a time that never rests, over loopback",
        path: .loopback, exercise: .records(byteCount: byteCount, Pace(readSize: 256 << 10)),
        contenders: ["relay-there", "record", "buffer-1g", "record-1g", "hand-off"],
        criteria: [
            .ratio("record", to: "relay-there", .atLeast(0.6)),
            .ratio("buffer-1g", to: "relay-there", .atLeast(0.9)),
        ],
        family: "tape")

    /// An LTO drive, about ten times as fast.
    private static let bursty = Scenario(
        name: "tape-bursty",
        what: "the same reader, resting 100 ms after each 300 MB, over loopback",
        path: .loopback,
        exercise: .records(
            byteCount: byteCount,
            Pace(readSize: 256 << 10, burst: 300_000_000, restMilliseconds: 100)),
        contenders: [
            "start-90", "mbuffer-90", "buffer-1g", "mbuffer-1g", "record-90", "resume-90",
            "hand-off",
        ],
        criteria: [
            .ratio("start-90", to: "mbuffer-90", .atLeast(1.4)),
            .ratio("start-90", .bufferCPU, to: "mbuffer-90", .atMost(0.5)),
        ],
        family: "tape")
}
