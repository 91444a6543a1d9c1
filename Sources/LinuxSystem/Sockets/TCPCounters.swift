import CLinux

/// What the kernel counted on one connection; `nil` where this kernel does not tell.
///
/// The source is `TCP_INFO`, `struct tcp_info` in `linux/tcp.h`.
package struct TCPCounters: Equatable, Sendable {
    /// The states of a connection, numbered as in `net/tcp_states.h`.
    package enum State: CInt, Sendable {
        case established = 1
        case synSent, synReceived, finWait1, finWait2, timeWait, closed
        case closeWait, lastAck, listening, closing, newSynReceived
    }

    package var state: State
    /// Bytes that the peer's kernel acknowledged; counts our SYN where we dialled, and our FIN.
    package var acknowledged: Int64
    /// Bytes that our kernel took in order; counts the peer's FIN.
    package var received: Int64
    /// Counts a segment again for each time that a queue of this host refused it (KERNEL H26).
    package var sent: Int64?
    package var retransmitted: Int64?
    package var notSent: Int64?
    /// What was written and not acknowledged, our FIN like a byte (`SIOCOUTQ`); of a later moment
    /// than the other counts.
    package var unacknowledged: Int64?
    package var busyMicroseconds: Int64?
    package var receiverLimitedMicroseconds: Int64?
    package var sendBufferLimitedMicroseconds: Int64?
    package var roundTripMicroseconds: Int64?
    package var segmentSize: Int64?
    package var retransmitCount: Int64?
    package var millisecondsSinceAcknowledgement: Int64?
    package var millisecondsSinceData: Int64?
    package var retransmitBackoff: Int64
    /// Segments that were sent and not acknowledged, a FIN like any other.
    package var unacknowledgedSegmentCount: Int64
    /// Keepalives, or questions after a closed window, since the last answer.
    package var probeCount: Int64
    /// What the peer's kernel takes now; 0 while its reader rests (Linux 5.4).
    package var peerWindow: Int64?

    /// Reads the counters of a connection, which changes nothing on it.
    package init(of number: CInt) throws(Errno) {
        var raw = linux_tcp_counters()
        _ = try check(unsafe linux_tcp_counters(number, &raw))
        self.init(raw)
    }

    init(_ raw: linux_tcp_counters) {
        func known(_ value: Int64) -> Int64? { value < 0 ? nil : value }
        state = State(rawValue: raw.state) ?? .closed
        acknowledged = max(0, raw.acked)
        received = max(0, raw.received)
        sent = known(raw.sent)
        retransmitted = known(raw.retransmitted)
        notSent = known(raw.not_sent)
        unacknowledged = known(raw.unacknowledged)
        busyMicroseconds = known(raw.busy_microseconds)
        receiverLimitedMicroseconds = known(raw.receiver_limited_microseconds)
        sendBufferLimitedMicroseconds = known(raw.send_buffer_limited_microseconds)
        roundTripMicroseconds = known(raw.round_trip_microseconds)
        segmentSize = known(raw.segment_size)
        retransmitCount = known(raw.total_retransmits)
        millisecondsSinceAcknowledgement = known(raw.last_ack_milliseconds)
        millisecondsSinceData = known(raw.last_data_milliseconds)
        retransmitBackoff = raw.backoff
        unacknowledgedSegmentCount = raw.unacknowledged_segments
        probeCount = raw.probes
        peerWindow = known(raw.peer_window)
    }

    /// Whether our FIN was sent and acknowledged.
    package var finIsAcknowledged: Bool {
        state == .finWait2 || state == .timeWait
    }

    /// Whether a FIN is behind what was written, as far as a connection that is closed can tell.
    package var finIsSent: Bool {
        finIsAcknowledged || state == .finWait1 || state == .closing || state == .lastAck
    }

    /// Whether the peer's FIN is here.
    package var finIsReceived: Bool {
        state == .closeWait || state == .lastAck || state == .closing || state == .timeWait
    }
}
