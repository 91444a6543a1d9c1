import LinuxSystem

/// For how long the receiver granted less than half of the window that it can: it did not keep up.
///
/// `tcpi_rwnd_limited` alone tells too little: where congestion control paces, as BBR does, a sender
/// whose receiver is slow seldom waits for the window.
package struct WindowWatch: Equatable, Sendable {
    package private(set) var narrow = Instant.Span.seconds(0)
    private var widest: Int64 = 0
    private var last: Instant?

    package init() {}

    /// - Parameter window: The bytes that may be on their way; `nil` where this kernel does not tell.
    package mutating func note(_ window: Int64?, _ now: Instant) {
        guard let window else { return }
        widest = max(widest, window)
        if let last, window < widest / 2 { narrow = narrow + (now - last) }
        last = now
    }
}
