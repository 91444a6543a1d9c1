import LinuxSystem

/// When a reservoir feeds its reader: from a first fill on, and after having run dry from another.
///
/// A drive that has to stop for want of data loses seconds each time; it should stop seldom.
package struct Watermarks: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        case filling
        case feeding
        case dry(since: Instant)
    }

    /// Percent of the capacity.
    package let start: Int
    package let resume: Int
    package private(set) var state = State.filling
    /// How often it ran dry.
    package private(set) var stops: Int64 = 0
    package private(set) var stopped = Instant.Span.seconds(0)
    /// The least that was in it between the first feeding and the end of the source.
    package private(set) var lowestFill: Int64?

    package init(start: Int, resume: Int) {
        self.start = start
        self.resume = resume
    }

    package var isFeeding: Bool { state == .feeding }

    /// Whether the reader may have some of it now.
    ///
    /// - Parameter mustFeed: Nothing more can come: the reservoir is full, or the source has ended.
    package mutating func mayFeed(
        _ fill: Int64, of capacity: Int64, mustFeed: Bool, _ now: Instant
    ) -> Bool {
        switch state {
        case .feeding: return true
        case .filling:
            guard mustFeed || fill >= Watermarks.mark(start, capacity) else { return false }
        case .dry(let since):
            guard mustFeed || fill >= Watermarks.mark(resume, capacity) else { return false }
            stopped = stopped + (now - since)
        }
        state = .feeding
        return true
    }

    /// Notes the fill while more may still come.
    package mutating func note(_ fill: Int64) {
        if isFeeding { lowestFill = min(lowestFill ?? fill, fill) }
    }

    /// The reader has nothing any more, and wants more.
    package mutating func ranDry(_ now: Instant) {
        guard isFeeding else { return }
        state = .dry(since: now)
        stops += 1
        lowestFill = 0
    }

    private static func mark(_ percent: Int, _ capacity: Int64) -> Int64 {
        capacity / 100 * Int64(percent) + capacity % 100 * Int64(percent) / 100
    }
}
