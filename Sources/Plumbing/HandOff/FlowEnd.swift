import LinuxSystem

/// One end of one flow on the hand-off route: our copy of the socket and the rules that watch it.
package final class FlowEnd {
    private enum Rules {
        case sending(SendingRules)
        case receiving(ReceivingRules)
    }

    package let channel: DataChannel
    private var rules: Rules
    /// How the flow ended here; `nil` while it goes on.
    package private(set) var facts: FlowFacts? {
        didSet { if oldValue == nil { endedAt = .now } }
    }
    package private(set) var endedAt: Instant?
    private var lastCounters: TCPCounters?
    private var nextLookInterval = FlowEnd.shortestInterval
    private var nextLook: Instant
    private var brokenByPeerAt: Instant?
    private var isHandedOff = false
    private var hasBeenSeen = false
    private var holders: HolderWatch

    private static let shortestInterval = Instant.Span.milliseconds(1)
    private static let longestInterval = Instant.Span.milliseconds(100)

    package init(_ channel: DataChannel, at end: End, isStrict: Bool) {
        self.channel = channel
        holders = HolderWatch(channel.inode)
        rules =
            channel.flow.sender == end
            ? .sending(SendingRules(isStrict: isStrict)) : .receiving(ReceivingRules())
        nextLook = .now
    }

    package var flow: Flow { channel.flow }
    package var isOver: Bool { facts != nil }

    /// Whether neither side has broken the flow so far; asked when a command ends.
    package var isIntact: Bool {
        if let facts { return facts.ending != .reset && facts.ending != .broken }
        guard brokenByPeerAt == nil, let counters = channel.counters() else { return false }
        // A reader may shut its socket down after the FIN, which leaves it closed as well.
        return counters.state != .closed || lastCounters?.finIsReceived == true
    }

    /// The latest look at the connection.
    package var counters: TCPCounters? { lastCounters }

    /// When to look again even if nothing was seen; never again when it is over.
    package var deadline: Instant? { isWatched ? nextLook : nil }

    private var isWatched: Bool { isHandedOff && !isOver && channel.isOpen }

    /// Hands the socket to a command.
    ///
    /// - Parameter heartbeat: How often to ask after a silent peer.
    /// - Returns: The descriptor that is to become the command's standard input or output.
    package func handOff(heartbeat: Instant.Span) throws(Errno) -> CInt {
        isHandedOff = true
        return try channel.descriptorForHandOff(heartbeat: heartbeat)
    }

    package func watch(_ readiness: inout Readiness) {
        // A reset or hang-up is reported by every poll from then on: after the first, only the
        // clock asks.
        if isWatched, !hasBeenSeen { channel.watch(&readiness) }
    }

    /// Whether the wait saw something on the connection, or it is time to look.
    package func needsLook(_ readiness: Readiness, _ now: Instant) -> Bool {
        guard isWatched else { return false }
        if !hasBeenSeen, channel.wasSeen(readiness) {
            hasBeenSeen = true
            return true
        }
        return nextLook <= now
    }

    /// Whether the peer's kernel answered, or bytes came, within the last `span`.
    package func showsLife(since span: Instant.Span) -> Bool {
        guard let counters = channel.counters(), counters.state != .closed else { return false }
        let answered = counters.millisecondsSinceAcknowledgement ?? .max
        let received = counters.millisecondsSinceData ?? .max
        return min(answered, received) < span.milliseconds
    }

    /// Something happened that may decide this flow: look now, and closely for a while.
    package func hurry() {
        nextLookInterval = FlowEnd.shortestInterval
        nextLook = .now
    }

    /// The peer says that it broke the flow.
    package func peerBroke() {
        if brokenByPeerAt == nil { brokenByPeerAt = .now }
        hurry()
    }

    /// Looks at the flow and does what its rules say.
    ///
    /// - Parameters:
    ///   - command: How the command at this end ended; `nil` while it runs.
    ///   - strangers: Commands of this end that never got the socket.
    package func look(command: ExitStatus?, besides strangers: [CInt], now: Instant) {
        guard !isOver else { return }
        defer { scheduleNextLook(now) }
        guard let counters = channel.counters() else {
            facts = FlowFacts(.broken, byteCount: 0)
            return
        }
        lastCounters = counters
        forceResetIfHidden(counters, now)
        switch rules {
        case .sending(var sending):
            step(&sending, command, counters, now) { self.isHeld(command, strangers, now) }
            rules = .sending(sending)
        case .receiving(var receiving):
            step(&receiving, command, counters, now) { self.isHeld(command, strangers, now) }
            rules = .receiving(receiving)
        }
    }

    /// Breaks the flow so that neither end can take it for complete.
    package func breakStream() {
        guard !isOver else { return }
        let counters = channel.counters()
        var broken = FlowFacts(.broken, byteCount: 0)
        if let counters {
            let isSending = if case .sending = rules { true } else { false }
            broken.byteCount =
                isSending
                ? channel.writtenByteCount(counters) : channel.receivedByteCount(counters)
            broken.path = PathStatistics(counters)
        }
        facts = broken
        // Where the kernel says EBUSY, the reset comes when the last holder is gone: SO_LINGER
        // is armed.
        if !channel.reset() { holders.endHolders() }
        channel.close(inOrder: false)
    }

    /// Lets go of the connection: orderly after an orderly end, else with a reset.
    package func close() {
        channel.close(inOrder: facts?.ending == .finished)
    }

    private func step(
        _ sending: inout SendingRules, _ command: ExitStatus?, _ counters: TCPCounters,
        _ now: Instant, isHeld: () -> Bool
    ) {
        let seen = SendingRules.Observation(
            now: now, command: command, counters: counters,
            hasPendingError: channel.hasPendingError)
        switch sending.step(seen, isHeld: isHeld) {
        case .wait: break
        case .shutDownWriting:
            channel.closeWriting()
            hurry()
        case .breakStream: breakStream()
        case .finish(let ending):
            var counted = FlowFacts(ending, byteCount: 0)
            counted.byteCount =
                ending == .finished
                ? channel.acknowledgedByteCount(counters) : channel.writtenByteCount(counters)
            counted.path = PathStatistics(counters)
            facts = counted
        }
    }

    private func step(
        _ receiving: inout ReceivingRules, _ command: ExitStatus?, _ counters: TCPCounters,
        _ now: Instant, isHeld: () -> Bool
    ) {
        var counters = counters
        while true {
            let seen = ReceivingRules.Observation(
                now: now, command: command, counters: counters, unread: channel.unreadByteCount)
            switch receiving.step(seen, isHeld: isHeld) {
            case .wait: return
            case .read(let byteCount):
                guard let bytes = channel.drain(byteCount: byteCount), !bytes.isEmpty else {
                    return
                }
                receiving.inspect(bytes, now: now)
                counters = channel.counters() ?? counters
            case .finish(let ending):
                finish(ending, receiving, counters, unread: seen.unread)
                return
            }
        }
    }

    private func finish(
        _ ending: FlowFacts.Ending, _ receiving: ReceivingRules, _ counters: TCPCounters,
        unread: Int
    ) {
        var counted = FlowFacts(ending, byteCount: channel.receivedByteCount(counters))
        counted.unread = Int64(unread + receiving.rejected)
        counted.padding = Int64(receiving.padding)
        counted.path = PathStatistics(counters)
        facts = counted
        // Kept, our copy would leave the producer blocked for ever; after a FIN nobody waits.
        if ending != .finished { channel.close(inOrder: false) }
    }

    private func isHeld(_ command: ExitStatus?, _ strangers: [CInt], _ now: Instant) -> Bool {
        holders.isHeld(besides: strangers, command != nil, now)
    }

    /// The holder to tell about, once.
    package func takeLateHolder() -> CInt? {
        holders.takeLate()
    }

    /// A firewall may hide the peer's reset: after a while its word is enough.
    private func forceResetIfHidden(_ counters: TCPCounters, _ now: Instant) {
        guard let brokenByPeerAt, counters.state != .closed, now - brokenByPeerAt > .seconds(1)
        else { return }
        breakStream()
        facts?.ending = .reset
    }

    private func scheduleNextLook(_ now: Instant) {
        nextLook = now + nextLookInterval
        let doubled = nextLookInterval + nextLookInterval
        nextLookInterval = min(doubled, FlowEnd.longestInterval)
    }
}
