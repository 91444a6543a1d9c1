import LinuxSystem

/// For how long bytes waited at the receiving end for their reader, which did not keep up.
///
/// `tcpi_rwnd_limited` does not tell that: where congestion control paces, as BBR does, a sender
/// whose receiver is slow seldom waits for the window, and over a long path the window may be too
/// small for a reader that keeps up.
package struct BacklogWatch: Equatable, Sendable {
    /// How full the receive buffer of a reader is that does not keep up, in thousandths.
    package static let least = 500

    /// `nil` until the kernel told.
    package private(set) var time: Instant.Span?
    private var last: Instant?

    package init() {}

    /// - Parameter fill: How full the receive buffer is, in thousandths, if the kernel tells.
    package mutating func note(_ fill: Int?, _ now: Instant) {
        guard let fill else { return }
        let since = last ?? now
        last = now
        time = (time ?? .seconds(0)) + (fill >= BacklogWatch.least ? now - since : .seconds(0))
    }
}
