import LinuxSystem

/// The limits that a flow had, one after the other.
package struct PacedTime: Sendable {
    package let flow: Flow
    private let start: Instant
    private var since: Instant
    private var rate: Int64?
    /// The bytes that were allowed until `since`; `nil` if some time had no limit.
    private var allowed: Int64? = 0

    package init(_ flow: Flow, _ rate: Int64?, from start: Instant) {
        self.flow = flow
        self.rate = rate
        (self.start, since) = (start, start)
    }

    package mutating func note(_ rate: Int64?, _ now: Instant) {
        (allowed, since, self.rate) = (sum(now), now, rate)
    }

    /// The mean of the limits, in bytes a second; `nil` if some time had none.
    package func mean(until end: Instant) -> Int64? {
        sum(end).map { Progress.rate($0, in: end - start) }
    }

    private func sum(_ now: Instant) -> Int64? {
        guard let allowed, let rate else { return nil }
        let milliseconds = max(0, (now - since).milliseconds)
        let more = (rate / 1000).multipliedReportingOverflow(by: milliseconds)
        let sum = allowed.addingReportingOverflow(
            more.partialValue + rate % 1000 * milliseconds / 1000)
        return more.overflow || sum.overflow ? nil : sum.partialValue
    }
}
