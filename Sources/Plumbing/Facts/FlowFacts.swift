import LinuxSystem

/// How a flow ended at one of its ends, and what was counted there.
package struct FlowFacts: Equatable, Sendable {
    package enum Ending: String, Sendable {
        /// The FIN was sent and acknowledged, or received, with everything before it.
        case finished
        /// Receiver: its command left before the FIN and had read everything.
        case departed
        /// Sender: the peer reset, but had acknowledged everything written.
        case untouched
        /// Receiver: its command left with bytes unread.
        case left
        /// The other side or the network reset the connection.
        case reset
        /// This end was lost before it reported.
        case unknown
        /// This end broke the stream on purpose, so that no reader takes it for complete.
        case broken
        /// Receiver: a record came that the sender had not sealed, or not in this place.
        case altered
        /// Receiver: the FIN came before the end of the sealed stream.
        case truncated
        /// This end's relay did not move as many bytes as its connection counted.
        case miscounted
    }

    package var ending: Ending
    /// Sender: bytes written. Receiver: bytes that arrived.
    package var byteCount: Int64
    /// Receiver: bytes that no command read, except padding.
    package var unread: Int64 = 0
    /// Receiver: zero bytes after the end of an archive, which we read instead of the command.
    package var padding: Int64 = 0
    package var path = PathStatistics()
    /// The relay at this end; `nil` if the command had the socket itself.
    package var relay: RelayFacts?

    package var isKnown: Bool { ending != .unknown }

    /// Receiver: its reader left before the end.
    package var wasLeft: Bool { ending == .left || ending == .departed }

    /// Whether the connection is reset: tell the other end, in case the network hides it.
    package var wasBroken: Bool {
        switch ending {
        // If the network broke and not the reader, the other end still waits.
        case .departed, .left, .reset, .broken, .untouched, .miscounted, .altered, .truncated: true
        case .finished, .unknown: false
        }
    }

    package init(_ ending: Ending, byteCount: Int64) {
        self.ending = ending
        self.byteCount = byteCount
    }
}

/// The options of a flow's socket at one end, as the kernel tells them.
package struct SocketFacts: Equatable, Sendable {
    package var congestionControl: String
    /// The size of the buffer for its data, in bytes, with the kernel's own bookkeeping.
    package var bufferSize: Int64
    package var codePoint: CodePoint

    package init(congestionControl: String, bufferSize: Int64, codePoint: CodePoint) {
        self.congestionControl = congestionControl
        self.bufferSize = bufferSize
        self.codePoint = codePoint
    }
}

/// What TCP reported about the path of a flow at one end.
package struct PathStatistics: Equatable, Sendable {
    package var roundTripMicroseconds: Int64?
    package var retransmits: Int64?
    package var segmentSize: Int64?
    package var busyMicroseconds: Int64?
    package var receiverLimitedMicroseconds: Int64?
    package var sendBufferLimitedMicroseconds: Int64?
    /// How long bytes waited at this end for an acknowledgement, or a reader (``BacklogWatch``).
    package var backlogMicroseconds: Int64?
    /// What the socket got of what it was to have.
    package var socket: SocketFacts?

    package init() {}
}

extension FlowFacts {
    /// Compares the count of a receiver's connection with the bytes seen of it: if a counted byte
    /// never came out of the connection, for whatever reason, no command read it.
    ///
    /// - Parameters:
    ///   - seen: The bytes that we read from it, and those that still wait in it.
    ///   - isClosed: Whether its count may include the FIN (``FlowVerdict``).
    mutating func account(for seen: Int64, isClosed: Bool) {
        let missing = byteCount - seen
        if isClosed, missing == 1 {
            byteCount = seen
        } else if missing > 0 {
            unread += missing
        }
        // Bytes may have arrived since the connection counted, unless it had ended.
        if missing < 0, ending == .finished { ending = .miscounted }
    }
}

/// What both ends know of a flow that is over.
package struct FlowVerdict: Sendable {
    package let flow: Flow
    /// Whether its bytes went through the login.
    package let isBridged: Bool
    package let sender: FlowFacts
    package private(set) var receiver: FlowFacts

    package init(
        _ flow: Flow, sender: FlowFacts, receiver: FlowFacts, isBridged: Bool = false
    ) {
        self.flow = flow
        self.isBridged = isBridged
        self.sender = sender
        self.receiver = receiver
        // The count includes the FIN.
        if isComplete { self.receiver.byteCount = sender.byteCount }
    }

    /// Whether every byte written arrived and was read or was padding, and the end was on purpose.
    package var isComplete: Bool {
        guard sender.ending == .finished || sender.ending == .untouched, receiver.unread == 0,
            !contentDiffers
        else { return false }
        return switch receiver.ending {
        case .finished, .departed: receiver.byteCount == sender.byteCount
        // A reader that shuts its socket down at the end leaves it in state CLOSE. That looks like
        // a reset, and the count includes the FIN: no other byte was left to send.
        // Through the login no acknowledged FIN says that the reader's kernel has it.
        case .reset where !isBridged:
            receiver.byteCount == sender.byteCount || receiver.byteCount &- 1 == sender.byteCount
        default: false
        }
    }

    /// The end whose relay and connection have different counts; `nil` if there is none.
    package var miscountedEnd: End? {
        if sender.ending == .miscounted { return flow.sender }
        return receiver.ending == .miscounted ? flow.sender.peer : nil
    }

    /// Whether both ends hashed the content and the hashes differ.
    package var contentDiffers: Bool {
        guard let sent = sender.relay?.checksum, let received = receiver.relay?.checksum else {
            return false
        }
        return sent != received
    }

    /// Whether the command at the receiving end left while there was more to read.
    package var wasLeftEarly: Bool {
        receiver.ending == .left || (receiver.ending == .departed && !isComplete)
    }
}
