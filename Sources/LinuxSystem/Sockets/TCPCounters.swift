import CLinux

/// The kernel's counters of one connection; `nil` for those that this kernel does not have.
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
    /// The bytes that the peer's kernel acknowledged; counts our SYN if we dialed, and our FIN.
    package var acknowledged: Int64
    /// The bytes that our kernel received in order; counts the peer's FIN.
    package var received: Int64
    /// Counts a segment again each time that a queue of this host refuses it (KERNEL H26).
    package var sent: Int64?
    package var retransmitted: Int64?
    package var notSent: Int64?
    /// The bytes written but not acknowledged; our FIN counts as one (`SIOCOUTQ`). It is of a later
    /// moment than the other counters.
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
    /// The segments sent but not acknowledged; a FIN counts as one.
    package var unacknowledgedSegmentCount: Int64
    /// The keepalives, or probes of a closed window, since the last answer.
    package var probeCount: Int64
    /// The bytes that the peer's kernel accepts now; 0 while its reader rests (Linux 5.4).
    package var peerWindow: Int64?

    /// Reads the counters of a connection, without changing it.
    ///
    /// The corresponding C function is `getsockopt` with `TCP_INFO`.
    /// - Throws: `notSocket` or `notSupported` if it is no TCP socket.
    package init(of socket: Descriptor) throws(Errno) {
        var raw = linux_tcp_counters()
        _ = try check(unsafe linux_tcp_counters(socket.number, &raw))
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

    /// Whether our FIN was sent; a closed connection does not say.
    package var finIsSent: Bool {
        finIsAcknowledged || state == .finWait1 || state == .closing || state == .lastAck
    }

    /// Whether the peer's FIN has arrived.
    package var finIsReceived: Bool {
        state == .closeWait || state == .lastAck || state == .closing || state == .timeWait
    }
}
