import LinuxSystem

/// What `--progress` tells of a flow while it moves: total, rates, time.
package struct Progress: Sendable {
    /// What the present rate is a mean of.
    private static let window = Instant.Span.seconds(2)

    private let started: Instant
    private let expected: Int64?
    /// Earlier counts within the window, oldest first.
    private var samples: [(at: Instant, byteCount: Int64)] = []

    /// - Parameter expected: The bytes that will come in all, where the user knows.
    package init(_ started: Instant, expected: Int64? = nil) {
        self.started = started
        self.expected = expected
        samples = [(started, 0)]
    }

    /// The line for so many bytes moved until now.
    package mutating func line(_ now: Instant, byteCount: Int64) -> String {
        samples.append((now, byteCount))
        while samples.count > 2, now - samples[1].at >= Progress.window { samples.removeFirst() }
        let recent = Progress.rate(
            byteCount - samples[0].byteCount, in: now - samples[0].at)
        let mean = Progress.rate(byteCount, in: now - started)
        var line =
            "\(Text.size(byteCount))  \(Text.size(recent))/s (mean \(Text.size(mean))/s)  "
            + Text.duration(now - started)
        if let left = timeLeft(byteCount, mean) { line += "  \(left)" }
        return line
    }

    private func timeLeft(_ byteCount: Int64, _ mean: Int64) -> String? {
        guard let expected, byteCount < expected else { return nil }
        guard mean > 0 else { return "ETA unknown" }
        return "\(byteCount / max(1, expected / 100)) %  ETA "
            + Text.duration(.seconds((expected - byteCount) / mean))
    }

    private static func rate(_ byteCount: Int64, in span: Instant.Span) -> Int64 {
        let milliseconds = max(1, span.milliseconds)
        return byteCount / milliseconds * 1000 + byteCount % milliseconds * 1000 / milliseconds
    }
}
