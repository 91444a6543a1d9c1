import LinuxSystem

/// When the reading end of a flow is complete, was left early or is over.
///
/// A pure state machine over what was seen: the same events give the same steps.
package struct ReceivingRules: Sendable {
    package enum State: Equatable, Sendable {
        case moving
        /// The command reads no more; what is still to come decides.
        case lingering(until: Instant)
        case over(FlowFacts.Ending)
    }

    package enum Step: Equatable, Sendable {
        case wait
        /// Read so many bytes in the command's place, and tell `inspect` of them.
        case read(byteCount: Int)
        case finish(FlowFacts.Ending)
    }

    /// How much zero padding after an archive's logical end is read in the command's place.
    package static let maximumPadding = 1 << 20
    /// Archives are made of such blocks: their readers end behind a whole one, and so does padding.
    package static let blockSize: Int64 = 512
    /// How long the FIN may be late when a command left at the logical end.
    package static let grace = Instant.Span.milliseconds(200)
    /// How long the other end's word on a connection that was closed may take.
    package static let patience = Instant.Span.seconds(2)

    package private(set) var state = State.moving
    package private(set) var padding = 0
    /// Bytes read here that were no padding.
    package private(set) var rejected = 0
    private var idle = Idleness()
    private var closedSince: Instant?

    package init() {}

    /// Decides what to do after a look at the flow.
    ///
    /// - Parameters:
    ///   - command: How the command that reads ended; `nil` while it runs.
    ///   - awaitsWord: Whether the other end has yet to say how the stream ended.
    ///   - isHeld: Whether any descendant may still read; asked only when it matters.
    package mutating func step(
        _ seen: Observation, command: ExitStatus?, awaitsWord: Bool, _ now: Instant,
        isHeld: () -> Bool
    ) -> Step {
        switch state {
        case .over:
            return .wait
        case .moving:
            // What was read, not what arrived: a full window would hide a reader that left.
            idle.look(now, progress: seen.received - Int64(seen.unread))
            guard command != nil || idle.isDue(now), !isHeld() else { return .wait }
            let deadline = now + ReceivingRules.grace
            state = .lingering(until: deadline)
            return linger(seen, command, awaitsWord, now, until: deadline)
        case .lingering(let deadline):
            return linger(seen, command, awaitsWord, now, until: deadline)
        }
    }

    /// Takes what `read` brought: zeros may be padding, anything else means the command left early.
    package mutating func inspect(_ bytes: [UInt8], now: Instant) {
        if rejected == 0, bytes.allSatisfy({ $0 == 0 }) {
            padding += bytes.count
            state = .lingering(until: now + ReceivingRules.grace)
        } else {
            rejected += bytes.count
        }
    }

    private mutating func linger(
        _ seen: Observation, _ command: ExitStatus?, _ awaitsWord: Bool, _ now: Instant,
        until deadline: Instant
    ) -> Step {
        if seen.isClosed, !seen.endIsReceived {
            let since = closedSince ?? now
            closedSince = since
            let isAwaited = awaitsWord && now - since < ReceivingRules.patience
            return isAwaited ? .wait : finish(.reset)
        }
        let failed = command.map { !$0.isSuccess } ?? false
        if rejected > 0 || padding > ReceivingRules.maximumPadding || (failed && seen.unread > 0) {
            return finish(.left)
        }
        if seen.unread > 0 { return .read(byteCount: min(seen.unread, 65536)) }
        if seen.endIsReceived { return finishAtEnd(seen) }
        if now < deadline, !failed { return .wait }
        // Zeros without an end after them are no padding: the producer goes on.
        return finish(padding == 0 ? .departed : .left)
    }

    /// An archive ends with a whole block, and its reader behind one, or in the last one when a read
    /// gave it a part. Other zeros are no padding: somebody left them.
    private mutating func finishAtEnd(_ seen: Observation) -> Step {
        let left = Int64(padding)
        let isPadding =
            left == 0
            || seen.received % ReceivingRules.blockSize == 0
                && (left % ReceivingRules.blockSize == 0 || left < ReceivingRules.blockSize)
        return finish(isPadding ? .finished : .left)
    }

    private mutating func finish(_ ending: FlowFacts.Ending) -> Step {
        // Only an end behind them makes padding of zeros.
        if ending != .finished {
            rejected += padding
            padding = 0
        }
        state = .over(ending)
        return .finish(ending)
    }
}
