import LinuxSystem

extension DataChannel {
    /// What the kernel counted on a connection, and what of it is not the flow's.
    struct Count {
        let counters: TCPCounters
        let admitted: Admitted
        /// The bytes of the flow that earlier connections brought.
        let base: Int64
        /// What our records, or the peer's, add to the bytes of the flow.
        let overhead: Int64
        /// The SYN counts like a byte where we dialled.
        let hasDialled: Bool
        let hasClosedWriting: Bool
        /// Whether the peer's FIN was here before.
        let endWasReceived: Bool
        /// Whether all was acknowledged before we let go of the connection.
        let isLetGo: Bool

        private var synCount: Int64 { hasDialled ? 1 : 0 }
        /// What the flow's sender has sent besides its bytes.
        private var sentBesides: Int64 { Int64(admitted.sentByteCount) + overhead }
        var isClosed: Bool { counters.state == .closed }

        var countsAdmission: Bool {
            counters.acknowledged >= synCount + Int64(admitted.acknowledgedByteCount)
                && counters.received >= Int64(admitted.receivedByteCount)
        }

        // MARK: Sender

        var written: Int64 {
            // What became of a connection that is gone nobody else tells.
            if isLetGo { return acknowledged }
            let counts = [sent, settled].compactMap { $0 }
            guard let least = counts.min() else { return acknowledged }
            return base + max(0, least - sentBesides)
        }

        /// What was sent and what waits: too much where this host's own queues were full.
        private var sent: Int64? {
            guard let sent = counters.sent, let again = counters.retransmitted,
                let waiting = counters.notSent
            else { return nil }
            // Our FIN waits behind the last byte, and counts like one.
            return sent - again + waiting - (waiting > 0 && hasClosedWriting ? 1 : 0)
        }

        /// What was acknowledged and what was not: too little where bytes were acknowledged
        /// meanwhile; one too much where a command itself sent a FIN before the connection was reset.
        private var settled: Int64? {
            let fin: Int64 = hasClosedWriting || counters.finIsSent ? 1 : 0
            return counters.unacknowledged.map { counters.acknowledged - synCount + $0 - fin }
        }

        var acknowledged: Int64 {
            let fin: Int64 = endIsAcknowledged ? 1 : 0
            return base + max(0, counters.acknowledged - synCount - fin - sentBesides)
        }

        /// The state of a connection that both ends shut down is that of one that was reset: there
        /// the counts tell.
        var endIsAcknowledged: Bool {
            guard isClosed else { return counters.finIsAcknowledged }
            if hasClosedWriting, counters.unacknowledged == 0 { return true }
            guard let sent = counters.sent, let again = counters.retransmitted else { return false }
            return counters.acknowledged - synCount == sent - again + 1
        }

        /// The bytes of the flow that a FIN ends.
        ///
        /// - Parameter waiting: What is not acknowledged yet, with the FIN.
        func whole(_ waiting: Int64) -> Int64 {
            base + counters.acknowledged + waiting - 1 - synCount - sentBesides
        }

        /// Who writes faster than others read fills the buffer, and sleeps until a third of it is
        /// free. Whose stream is too short for that leaves whole segments unsent, which a slow writer
        /// never does.
        var hasUnsentSegment: Bool {
            guard let unsent = counters.notSent, let segment = counters.segmentSize else {
                return false
            }
            return segment > 0 && unsent >= segment
        }

        // MARK: Receiver

        var endIsReceived: Bool { counters.finIsReceived || isClosed && endWasReceived }

        var received: Int64 {
            let fin: Int64 = endIsReceived ? 1 : 0
            return base
                + max(0, counters.received - fin - Int64(admitted.receivedByteCount) - overhead)
        }

        // MARK: Peer

        /// Not so the questions after a closed window: the kernel asks them up to two minutes apart,
        /// and one that was lost means nothing. There the end that reads asks, by its keepalive.
        var awaitsAnswer: Bool {
            guard !isClosed else { return false }
            let (unsent, window) = (counters.notSent ?? 0, counters.peerWindow)
            if counters.unacknowledgedSegmentCount > 0 { return isUnderWay }
            // This host itself drops every segment: none is under way, and the kernel tries again.
            if unsent > 0, counters.retransmitBackoff > 0, let window, window > 0 { return true }
            return counters.probeCount > 0 && unsent == 0
        }

        private var isUnderWay: Bool {
            counters.unacknowledgedSegmentCount > 0 && counters.peerWindow != 0
        }

        private var silentFor: Instant.Span? {
            let answered = counters.millisecondsSinceAcknowledgement ?? .max
            let least = min(answered, counters.millisecondsSinceData ?? .max)
            return least == .max ? nil : .milliseconds(least)
        }

        /// What can be seen in the counts alone.
        var observation: Observation {
            var seen = Observation()
            seen.isClosed = isClosed
            (seen.written, seen.acknowledged, seen.received) = (written, acknowledged, received)
            seen.endIsSent = counters.finIsSent
            seen.endIsAcknowledged = endIsAcknowledged
            seen.endIsReceived = endIsReceived
            seen.countsSent = counters.sent != nil
            seen.isAllAcknowledged = counters.unacknowledged ?? 0 <= 0
            seen.awaitsAnswer = awaitsAnswer
            seen.isProbed = counters.probeCount > 0
            seen.silentFor = silentFor
            seen.isUnderWay = isUnderWay
            seen.retryCount = counters.retransmitBackoff
            seen.path = PathStatistics(counters)
            return seen
        }
    }
}

extension PathStatistics {
    fileprivate init(_ counters: TCPCounters) {
        self.init()
        roundTripMicroseconds = counters.roundTripMicroseconds
        retransmits = counters.retransmitCount
        segmentSize = counters.segmentSize
        busyMicroseconds = counters.busyMicroseconds
        receiverLimitedMicroseconds = counters.receiverLimitedMicroseconds
        sendBufferLimitedMicroseconds = counters.sendBufferLimitedMicroseconds
    }
}

extension SocketFacts {
    init?(of socket: Descriptor, _ buffer: SocketOptions.Buffer) {
        guard let name = TCP.congestionControl(socket), let codePoint = CodePoint(of: socket) else {
            return nil
        }
        congestionControl = name
        bufferSize = Int64(buffer.size(of: socket))
        self.codePoint = codePoint
    }
}
