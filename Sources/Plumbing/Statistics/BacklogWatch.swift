import LinuxSystem

/// For how long bytes waited at an end of a flow: at the receiving one for a reader that did not keep
/// up, at the sending one for whatever comes after a producer that was ahead.
///
/// The kernel's own times tell neither. `tcpi_busy_time` counts while anything is unacknowledged, so
/// almost always, however slowly a producer writes; `tcpi_rwnd_limited` stays small for a slow reader
/// where BBR paces its sender, and grows where the window is too small for the path.
package struct BacklogWatch: Equatable, Sendable {
    /// How full the buffer is where bytes wait, in thousandths. Who writes faster than others read
    /// fills it, and sleeps until a third of it is free.
    package static let least = 500

    /// `nil` until the kernel told.
    package private(set) var time: Instant.Span?
    private var last: Instant?

    package init() {}

    /// - Parameter fill: How full the buffer is, in thousandths, if the kernel tells.
    package mutating func note(_ fill: Int?, _ now: Instant) {
        guard let fill else { return }
        let since = last ?? now
        last = now
        time = (time ?? .seconds(0)) + (fill >= BacklogWatch.least ? now - since : .seconds(0))
    }
}
