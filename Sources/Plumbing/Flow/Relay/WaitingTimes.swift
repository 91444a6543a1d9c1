import LinuxSystem
import Relaying

/// For how long a relay waited for one of its ends alone; waiting for both counts for neither.
package struct WaitingTimes: Equatable, Sendable {
    package private(set) var source = Instant.Span.seconds(0)
    package private(set) var target = Instant.Span.seconds(0)
    private var since: Instant

    package init(_ now: Instant) {
        since = now
    }

    /// Accounts the time since the last call to what was waited for meanwhile.
    package mutating func add(_ now: Instant, _ waits: RelayProgress.Waits) {
        let span = now - since
        since = now
        switch waits {
        case .source: source = source + span
        case .target: target = target + span
        default: break
        }
    }
}
