import CLinux

/// What TCP tells a sender about its path; times are in microseconds.
///
/// The source is `TCP_INFO`, `struct tcp_info` in `linux/tcp.h`.
package struct TCPPath: Sendable {
    /// The smoothed round-trip time.
    package let roundTrip: Int64
    /// The congestion window, in segments.
    package let window: Int64
    /// The window up to which it grows fast, in segments; huge until a first loss.
    package let threshold: Int64
    /// The largest packet that the path takes, in bytes.
    package let packetSize: Int64
    package let segments: Int64
    package let retransmits: Int64
    /// How long there was something to send; how much of that the reader's window was too small, and how
    /// much our send buffer.
    package let busy: Int64
    package let receiverLimited: Int64
    package let bufferLimited: Int64

    /// - Returns: `nil` for a file that is no TCP socket.
    ///
    /// The corresponding C function is `getsockopt` with `TCP_INFO`.
    package init?(of socket: Descriptor) {
        var raw = linux_tcp_path()
        guard unsafe linux_tcp_path(socket.number, &raw) == 0 else { return nil }
        roundTrip = raw.round_trip
        window = raw.window
        threshold = raw.threshold
        packetSize = raw.packet
        segments = raw.segments
        retransmits = raw.retransmits
        busy = raw.busy
        receiverLimited = raw.receiver_limited
        bufferLimited = raw.buffer_limited
    }
}
