/// How a flow ended at one of its ends, and what was counted there.
package struct FlowFacts: Equatable, Sendable {
    package enum Ending: String, Sendable {
        /// The FIN was sent and acknowledged, or received, with everything before it.
        case finished
        /// Receiver: its command left before the FIN, with nothing unread.
        case departed
        /// Sender: the peer reset, but nothing was written after what had been acknowledged.
        case untouched
        /// Receiver: its command left with bytes unread.
        case left
        /// The connection was reset by the other side or the network.
        case reset
        /// This end was lost before it told.
        case unknown
        /// This end broke the stream on purpose, so that nobody takes it for complete.
        case broken
        /// This end's relay did not move as many bytes as its connection counted.
        case miscounted
    }

    package var ending: Ending
    /// Sender: bytes written. Receiver: bytes that arrived.
    package var byteCount: Int64
    /// Receiver: bytes that no command read, padding aside.
    package var unread: Int64 = 0
    /// Receiver: zero bytes after the end of an archive, read here in the command's place.
    package var padding: Int64 = 0
    package var path = PathStatistics()
    /// What moved the bytes at this end; `nil` when the command had the socket itself.
    package var relay: RelayFacts?

    package var isKnown: Bool { ending != .unknown }

    /// Receiver: its reader left before the end.
    package var wasLeft: Bool { ending == .left || ending == .departed }

    /// Whether the connection is reset: the other end must be told, should the network hide it.
    package var wasBroken: Bool {
        switch ending {
        // Where the network was at an end and not the reader, the other end still waits.
        case .departed, .left, .reset, .broken, .untouched, .miscounted: true
        case .finished, .unknown: false
        }
    }

    package init(_ ending: Ending, byteCount: Int64) {
        self.ending = ending
        self.byteCount = byteCount
    }
}

/// What TCP told about the path of a flow at one end.
package struct PathStatistics: Equatable, Sendable {
    package var roundTripMicroseconds: Int64?
    package var retransmits: Int64?
    package var segmentSize: Int64?
    package var busyMicroseconds: Int64?
    package var receiverLimitedMicroseconds: Int64?
    package var sendBufferLimitedMicroseconds: Int64?
    /// How long bytes waited at this end to be acknowledged, or to be read (``BacklogWatch``).
    package var backlogMicroseconds: Int64?

    package init() {}
}

extension FlowFacts {
    /// Compares what a receiver's connection counted with what was seen of it: whatever the reason,
    /// a byte that was counted and never came out of it was not read.
    ///
    /// - Parameters:
    ///   - seen: Bytes that were read from it by us, and those that still wait in it.
    ///   - isClosed: Whether its FIN may be among what it counted (``FlowVerdict``).
    mutating func account(for seen: Int64, isClosed: Bool) {
        let missing = byteCount - seen
        if isClosed, missing == 1 {
            byteCount = seen
        } else if missing > 0 {
            unread += missing
        }
        // Bytes may have come since the connection counted, unless it had come to its end.
        if missing < 0, ending == .finished { ending = .miscounted }
    }
}

/// What both ends know of a flow that is over.
package struct FlowVerdict: Sendable {
    package let flow: Flow
    package let sender: FlowFacts
    package private(set) var receiver: FlowFacts

    package init(_ flow: Flow, sender: FlowFacts, receiver: FlowFacts) {
        self.flow = flow
        self.sender = sender
        self.receiver = receiver
        // It was the FIN that was counted.
        if isComplete { self.receiver.byteCount = sender.byteCount }
    }

    /// Every byte that was written arrived, was read or was padding, and the end was on purpose.
    package var isComplete: Bool {
        guard sender.ending == .finished || sender.ending == .untouched, receiver.unread == 0,
            !contentDiffers
        else { return false }
        return switch receiver.ending {
        case .finished, .departed: receiver.byteCount == sender.byteCount
        // A reader that shuts its socket down at the end leaves it in state CLOSE, which looks like
        // a reset, and the FIN among what was received: it cannot be a byte, none was left to send.
        case .reset:
            receiver.byteCount == sender.byteCount || receiver.byteCount &- 1 == sender.byteCount
        default: false
        }
    }

    /// The end whose relay and connection do not count the same.
    package var miscountedEnd: End? {
        if sender.ending == .miscounted { return flow.sender }
        return receiver.ending == .miscounted ? flow.sender.peer : nil
    }

    /// Both ends hashed the content, and not the same.
    package var contentDiffers: Bool {
        guard let sent = sender.relay?.checksum, let received = receiver.relay?.checksum else {
            return false
        }
        return sent != received
    }

    /// The command at the receiving end left while there was more to read.
    package var wasLeftEarly: Bool {
        receiver.ending == .left || (receiver.ending == .departed && !isComplete)
    }
}
