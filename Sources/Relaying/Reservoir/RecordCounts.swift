import LinuxSystem

/// Counts the records that were given to a reader.
package struct RecordCounts: Sendable {
    package let size: Int
    private var count: Int64 = 0
    private var short: Int64 = 0
    private var longestGap = Instant.Span.seconds(0)
    private var last: Instant?
    package var padded = 0

    /// - Parameter size: Of a record, in bytes.
    package init(size: Int) {
        self.size = size
    }

    /// Counts one more, given at `now`.
    package mutating func add(isWhole: Bool, _ now: Instant) {
        count += 1
        if !isWhole { short += 1 }
        if let last { longestGap = max(longestGap, now - last) }
        last = now
    }

    package var facts: FeedFacts.Records {
        var facts = FeedFacts.Records(size: Int64(size))
        facts.count = count
        facts.short = short
        facts.padded = Int64(padded)
        facts.longestGapMicroseconds = longestGap.nanoseconds / 1000
        return facts
    }
}
