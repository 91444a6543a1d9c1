import Testing

/// A source of chances that can be repeated: `SOCKETPIPE_TEST_SEED`.
struct SeededGenerator: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init() {
        let wanted = Program.variable("SOCKETPIPE_TEST_SEED").flatMap { UInt64($0) }
        seed = wanted ?? .random(in: 0...999_999)
        state = seed
    }

    var comment: Comment { "SOCKETPIPE_TEST_SEED=\(seed)" }

    /// Sleeps until the moment of a fault, which may be any.
    mutating func moment(within limit: Duration) async throws {
        try await Task.sleep(for: limit * Double.random(in: 0...1, using: &self))
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
