import LinuxSystem

/// For how long bytes waited at the receiving end for their reader, which did not keep up.
///
/// `tcpi_rwnd_limited` alone tells too little: where congestion control paces, as BBR does, a sender
/// whose receiver is slow seldom waits for the window.
package struct BacklogWatch: Equatable, Sendable {
    /// Less may have arrived a moment ago, for a reader that keeps up.
    package static let least = 64 << 10

    package private(set) var time = Instant.Span.seconds(0)
    private var last: Instant?

    package init() {}

    /// - Parameter unread: The bytes that nobody has read yet.
    package mutating func note(_ unread: Int, _ now: Instant) {
        if let last, unread >= BacklogWatch.least { time = time + (now - last) }
        last = now
    }
}
