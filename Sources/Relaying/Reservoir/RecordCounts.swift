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

    /// Counts several that were given at once, and one of which only a part was.
    mutating func add(whole: Int, hasShort: Bool, _ now: Instant) {
        guard whole > 0 || hasShort else { return }
        add(isWhole: whole > 0, now)
        count += Int64(whole > 0 && hasShort ? whole : max(0, whole - 1))
        if whole > 0, hasShort { short += 1 }
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
