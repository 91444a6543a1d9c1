import LinuxSystem

/// Whether anybody is still at the other end of a flow, and whether its packets get there.
extension FlowEnd {
    /// Whether the peer's kernel answered, or bytes came, within the last `span`.
    ///
    /// Of a flow that is over, or whose end is held, only the other end's word is awaited, and a
    /// kernel answers for ever.
    package func showsLife(since span: Instant.Span) -> Bool {
        guard !isOver, !isHoldingEnd, let counters = channel.counters(), counters.state != .closed
        else {
            return false
        }
        let answered = counters.millisecondsSinceAcknowledgement ?? .max
        let received = counters.millisecondsSinceData ?? .max
        return min(answered, received) < span.milliseconds
    }

    /// Whether the peer's kernel has left unanswered for `span` what the connection asks of it,
    /// whatever the control channel brings.
    package func isUnanswered(for span: Instant.Span) -> Bool {
        !isOver && answers.silence >= span
    }

    /// What to say, once, of a stream whose packets are sent again and again.
    package func takeStuck() -> String? {
        guard !hasToldStuck, let pathHint else { return nil }
        hasToldStuck = true
        return "flow '\(flow.rawValue)' is stuck: \(pathHint)"
    }

    /// What may be wrong with the path; nothing while its packets get through.
    package var pathHint: String? {
        guard !isOver, !isReceiving, let counters, counters.unacknowledgedSegmentCount > 0,
            counters.peerWindow != 0, let segment = counters.segmentSize
        else { return nil }
        let acknowledged = channel.acknowledgedByteCount(counters)
        // What is small enough for any path waits for something else.
        guard channel.writtenByteCount(counters) - acknowledged >= segment else { return nil }
        if acknowledged < segment, counters.retransmitBackoff > 3 {
            return "no full-size packet gets through: path MTU, or is it down? try --mss 1200"
        }
        guard counters.retransmitBackoff > 4 else { return nil }
        return
            "nothing gets through any more: is the network up? if small packets still pass, it is "
            + "the path MTU: try --mss 1200"
    }
}
