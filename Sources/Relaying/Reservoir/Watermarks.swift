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
    package private(set) var stopped = Instant.Span.seconds(0)
    private var resumptions: Int64 = 0
    private var lowestNoted: Int64?

    /// Both in percent of the capacity.
    package init(start: Int, resume: Int) {
        precondition((0...100).contains(start) && (0...100).contains(resume))
        self.start = start
        self.resume = resume
    }

    package var isFeeding: Bool { state == .feeding }

    /// How often it ran dry before the end.
    package var stops: Int64 {
        if case .dry = state { resumptions + 1 } else { resumptions }
    }

    /// The least that was in it between the first feeding and the end of the source.
    package var lowestFill: Int64? { stops > 0 ? 0 : lowestNoted }

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
            resumptions += 1
        }
        state = .feeding
        return true
    }

    /// Notes the fill while more may still come.
    package mutating func note(_ fill: Int64) {
        if isFeeding { lowestNoted = min(lowestNoted ?? fill, fill) }
    }

    /// The reader has nothing any more, and wants more.
    package mutating func ranDry(_ now: Instant) {
        if isFeeding { state = .dry(since: now) }
    }

    /// The reader has had everything: that it waited for the end was no stop.
    package mutating func end() {
        if case .dry = state { state = .feeding }
    }

    private static func mark(_ percent: Int, _ capacity: Int64) -> Int64 {
        capacity / 100 * Int64(percent) + capacity % 100 * Int64(percent) / 100
    }
}
