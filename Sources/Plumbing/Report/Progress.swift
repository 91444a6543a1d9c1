import LinuxSystem

/// What `--progress` shows of a flow while it moves: total, rates, time.
package struct Progress: Sendable {
    /// A hundred years, in seconds: a longer estimate means nothing.
    private static let longestWait: Int64 = 100 * 366 * 86_400

    private let started: Instant
    private let expected: Int64?
    private let isPromised: Bool
    /// The time over which the present rate is a mean.
    private let window: Instant.Span
    /// Earlier counts within the window, oldest first.
    private var samples: [(at: Instant, byteCount: Int64)] = []

    /// - Parameters:
    ///   - expected: The total number of bytes, where it is known.
    ///   - isPromised: Whether it is the user who says so.
    ///   - servesReaders: Whether records or a buffer release bytes in bursts, as a drive takes
    ///     them.
    package init(
        _ started: Instant, expected: Int64? = nil, isPromised: Bool = true,
        servesReaders: Bool = false
    ) {
        self.started = started
        self.expected = expected
        self.isPromised = isPromised
        window = .seconds(servesReaders ? 10 : 2)
        samples = [(started, 0)]
    }

    var sampleCount: Int { samples.count }

    /// The line for `byteCount` bytes moved until now.
    ///
    /// - Parameters:
    ///   - isOver: Whether no more will follow.
    ///   - pause: What it shows in the place of the rate.
    package mutating func line(
        _ now: Instant, byteCount: Int64, isOver: Bool = false, pause: String? = nil
    ) -> FittedText {
        // The same moment may come again and again after the end of a flow.
        if samples.last.map({ $0.at < now }) ?? true { samples.append((now, byteCount)) }
        while samples.count > 2, now - samples[1].at >= window { samples.removeFirst() }
        let recent = Progress.rate(
            byteCount - samples[0].byteCount, in: now - samples[0].at)
        let mean = Progress.rate(byteCount, in: now - started)
        var line = FittedText()
        line.add(Text.size(byteCount))
        line.add("  \(pause ?? "\(Text.size(recent))/s")", as: .rate)
        line.add(" (mean \(Text.size(mean))/s)", as: .mean)
        line.add("  " + Text.duration(now - started), as: .elapsed)
        guard let expected, byteCount < expected else { return line }
        guard !isOver else {
            if isPromised { line.add("  of the \(Text.size(expected)) that --size promised") }
            return line
        }
        guard mean > 0, (expected - byteCount) / mean < Progress.longestWait else {
            line.add("  ETA unknown", as: .left)
            return line
        }
        line.add("  \(Progress.percent(byteCount, of: expected)) %")
        line.add("  ETA " + Text.duration(.seconds((expected - byteCount) / mean)), as: .left)
        return line
    }

    private static func percent(_ byteCount: Int64, of expected: Int64) -> Int64 {
        min(99, expected < .max / 100 ? byteCount * 100 / expected : byteCount / (expected / 100))
    }

    /// Bytes a second.
    static func rate(_ byteCount: Int64, in span: Instant.Span) -> Int64 {
        let (moved, milliseconds) = (max(0, byteCount), max(1, span.milliseconds))
        guard moved / milliseconds < .max / 1000 else { return .max }
        return moved / milliseconds * 1000 + moved % milliseconds * 1000 / milliseconds
    }
}
