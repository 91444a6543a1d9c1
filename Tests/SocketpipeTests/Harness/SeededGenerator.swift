import Fixtures
import Testing

extension SeededGenerator {
    /// A source of chances that can be repeated: `SOCKETPIPE_TEST_SEED`.
    init() {
        let wanted = Program.variable("SOCKETPIPE_TEST_SEED").flatMap { UInt64($0) }
        self.init(seed: wanted ?? .random(in: 0...999_999))
    }

    var comment: Comment { "SOCKETPIPE_TEST_SEED=\(seed)" }

    /// Sleeps until the moment of a fault, which may be any.
    mutating func moment(within limit: Duration) async throws {
        try await Task.sleep(for: limit * Double.random(in: 0...1, using: &self))
    }
}
