import LinuxSystem

/// Whether anybody is still at the other end of a flow, and whether its packets get there.
extension FlowEnd {
    /// Looks at the connection; of the path it sees nothing that is not the peer's.
    func observe(atRest: Bool = false) throws(Errno) -> Observation {
        channel.overhead = relay?.overhead ?? 0
        var seen = atRest ? try channel.observeAtRest() : try channel.observe()
        if channel.isBridged { seen.forgetPath() }
        // This host's own kernel acknowledges that: what is there the other end says.
        if awaitsRest { seen.endIsAcknowledged = false }
        // What ends a flow without its last byte missing is its end.
        if hasAll { seen.endIsReceived = true }
        return seen
    }

    /// Whether the peer's kernel answered, or bytes came, within the last `span`.
    ///
    /// Of a flow that is over, or whose end is held, only the other end's word is awaited, and a
    /// kernel answers for ever.
    package func showsLife(since span: Instant.Span) -> Bool {
        guard !isOver, !isHoldingEnd, !isCut, let seen = try? observe(), !seen.isClosed,
            let silence = seen.silentFor
        else { return false }
        return silence < span
    }

    /// Whether the peer's kernel has left unanswered for `span` what the connection asks of it,
    /// whatever the control channel brings.
    package func isUnanswered(for span: Instant.Span) -> Bool {
        !isOver && !isCut && answers.silence >= span
    }

    /// What may be wrong with the path; nothing while its packets get through.
    package var pathHint: String? {
        if isCut { return cuts?.pathHint }
        guard !isOver, !isReceiving, let seen, seen.isUnderWay, let segment = seen.path.segmentSize
        else { return nil }
        // What is small enough for any path waits for something else.
        guard seen.written - seen.acknowledged >= segment else { return nil }
        if seen.acknowledged < segment, seen.retryCount > 3 {
            return "no full-size packet gets through: is the path down, or its MTU smaller? "
                + "try --mss 1200"
        }
        guard seen.retryCount > 4 else { return nil }
        return
            "nothing gets through any more: is the network up? if small packets still pass, it is "
            + "the path MTU: try --mss 1200"
    }
}
