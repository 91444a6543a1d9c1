import LinuxSystem

/// For how long bytes waited at an end of a flow: at the receiving one for a reader that did not keep
/// up, at the sending one for whatever comes after a producer that was ahead.
///
/// The kernel's own times tell neither. `tcpi_busy_time` counts while anything is unacknowledged, so
/// almost always, however slowly a producer writes; `tcpi_rwnd_limited` stays small for a slow reader
/// where BBR paces its sender, and grows where the window is too small for the path.
package struct BacklogWatch: Equatable, Sendable {
    /// `nil` until the kernel told.
    package private(set) var time: Instant.Span?
    private var last: Instant?

    package init() {}

    /// - Parameter isWaiting: Whether there is more than what just passes, if the kernel tells.
    package mutating func note(_ isWaiting: Bool?, _ now: Instant) {
        guard let isWaiting else { return }
        let since = last ?? now
        last = now
        time = (time ?? .seconds(0)) + (isWaiting ? now - since : .seconds(0))
    }
}
