import LinuxSystem

/// One end of one flow: our copy of the socket, the rules that watch it, and on the relay route the
/// relay that moves its bytes.
package final class FlowEnd<Parts: FlowParts> {
    enum Rules {
        case sending(SendingRules)
        case receiving(ReceivingRules)
    }

    package internal(set) var channel: Parts.Channel
    let parts: Parts
    /// How the flow goes on where its connection is lost; `nil` where it ends then.
    var cuts: FlowCuts?
    var rules: Rules
    /// How the flow ended here; `nil` while it goes on.
    package internal(set) var facts: FlowFacts? {
        didSet { if oldValue == nil { endedAt = parts.now } }
    }
    package private(set) var endedAt: Instant?
    package internal(set) var relay: Parts.Relay?
    var standardFailure: Errno?
    var ownFailure: Errno?
    /// Since when the readers behind a relay are being ended: they must not see a clean end.
    var endingReadersSince: Instant?
    /// The latest look at the connection.
    var seen: Observation?
    /// How the stream was changed on its way, where its records tell.
    var damage: FlowFacts.Ending?
    var backlog = BacklogWatch()
    var answers = AnswerWatch(heartbeat: .seconds(0))
    /// Whether the two ends tell each other when a stream is whole.
    package let hearsOfEnd: Bool
    var word = EndWord()
    var told: Told = []
    private var nextLookInterval = FlowEnd.shortestInterval
    private var nextLook: Instant
    private(set) var brokenByPeerAt: Instant?
    private(set) var isHandedOff = false
    var hasBeenSeen = false
    var holders: Parts.Holders
    /// Whether one look has found nobody that may still write.
    var seesNoWriter = false

    private static var shortestInterval: Instant.Span { .milliseconds(1) }
    private static var longestInterval: Instant.Span { .milliseconds(100) }

    /// - Parameter hearsOfEnd: Whether the two ends tell each other when a stream is whole.
    package init(
        _ channel: Parts.Channel, _ holders: Parts.Holders, _ parts: Parts, at end: End,
        breaking: SendingRules.Breaking, hearsOfEnd: Bool
    ) {
        self.channel = channel
        self.holders = holders
        self.parts = parts
        self.hearsOfEnd = hearsOfEnd
        rules =
            channel.flow.sender == end
            ? .sending(SendingRules(breaking)) : .receiving(ReceivingRules())
        nextLook = parts.now
    }

    package var flow: Flow { channel.flow }

    /// Begins to watch the flow, of which a command has the socket, or what a relay feeds or drains.
    ///
    /// - Parameter heartbeat: How often to ask after a silent peer.
    package func begin(heartbeat: Instant.Span) {
        isHandedOff = true
        answers = AnswerWatch(heartbeat: heartbeat)
    }

    /// Lets a relay move the bytes.
    ///
    /// - Parameter holders: Who may have what the command got instead of the connection; `nil` where
    ///   there is no command.
    package func start(_ relay: Parts.Relay, heldBy holders: Parts.Holders?) {
        self.relay = relay
        if let holders { self.holders = holders }
        relay.start()
    }

    var isReceiving: Bool {
        if case .receiving = rules { true } else { false }
    }

    package var isOver: Bool { facts != nil }

    /// Whether neither side has broken the flow so far; asked when a command ends.
    package var isIntact: Bool {
        if let facts { return ![.reset, .broken, .altered, .truncated].contains(facts.ending) }
        guard brokenByPeerAt == nil, damage == nil else { return false }
        // Its commands see nothing of a loss, whether we have noticed it or not.
        if cuts != nil { return true }
        guard let seen = try? observe() else { return false }
        // A reader may shut its socket down after the FIN, which leaves it closed as well. Whatever
        // comes to a sender from its peer before that is no end of its stream.
        return !seen.isClosed || (isReceiving ? seen.endIsReceived : seen.endIsAcknowledged)
    }

    /// The bytes that have passed this end of the flow until now.
    package var movedByteCount: Int64 {
        if let facts { return facts.byteCount }
        guard let seen = try? observe() else { return 0 }
        return isReceiving ? seen.received : seen.acknowledged
    }

    /// When to look again even if nothing was seen; never again when it is over.
    package var deadline: Instant? {
        guard isWatched else { return isSettling ? relay?.deadline : nil }
        return min(nextLook, relay?.deadline ?? nextLook)
    }

    /// Whether the flow is over, and the kernel still works for its relay.
    private var isSettling: Bool { isOver && relay?.isSettling == true }

    private var isWatched: Bool { isHandedOff && !isOver && channel.isOpen }

    package func watch(_ readiness: inout Readiness) {
        if !isOver || isSettling { relay?.watch(&readiness) }
        // A reset or hang-up is reported by every poll from then on: after the first, only the
        // clock asks.
        if isWatched, !hasBeenSeen { channel.watch(&readiness) }
    }

    /// Moves what a relay can move now.
    package func move(_ readiness: Readiness) {
        if isSettling, relay?.advance(readiness) == true { return closeChannel(inOrder: false) }
        if isWatched, relay?.advance(readiness) == true { hurry() }
    }

    /// Whether the wait saw nothing that needs a look, so that a relay may go on by itself.
    package func onlyMoves(_ readiness: Readiness, _ now: Instant) -> Bool {
        isWatched && nextLook > now && (hasBeenSeen || !channel.wasSeen(readiness))
    }

    /// The source may stay open: we do not wait for a process that could write into it.
    package func endProbing() {
        if isWatched, relay?.endProbing() == true { hurry() }
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

    /// Something happened that may decide this flow: look now, and closely for a while.
    package func hurry() {
        nextLookInterval = FlowEnd.shortestInterval
        nextLook = parts.now
    }

    /// The peer says that it broke the flow.
    package func peerBroke() {
        if brokenByPeerAt == nil { brokenByPeerAt = parts.now }
        word.peerBroke()
        giveUpCut()
        hurry()
    }

    /// Looks at the flow and does what its rules say.
    ///
    /// - Parameters:
    ///   - command: How the command at this end ended; `nil` while it runs.
    ///   - process: Its process, while it runs.
    ///   - strangers: Commands of this end that never got the socket.
    package func look(
        command: ExitStatus?, process: CInt?, besides strangers: [CInt], now: Instant
    ) {
        guard !isOver, channel.isOpen else { return }
        defer { scheduleNextLook(now) }
        channel.toldByteCount = word.wholeByteCount
        let seen: Observation
        do throws(Errno) {
            seen = try observe()
        } catch {
            ownFailure = error
            return breakStream()
        }
        self.seen = seen
        backlog.note(seen.hasBacklog, now)
        answers.note(seen, awaitsWord: isHoldingEnd && judgeEnd(seen) == .wait, now)
        if isCut(seen, command, now) { return }
        forceResetIfHidden(seen, now)
        // What the relay makes of that reset is no failure of its own.
        guard !isOver else { return }
        follow(
            FlowLook(
                now: now, command: command, process: process, strangers: strangers, seen: seen))
    }

    /// Breaks the flow so that neither end can take it for complete.
    package func breakStream() {
        guard !isOver else { return }
        facts = counted(damage ?? .broken, try? observe())
        // Where the kernel says EBUSY, the reset comes when the last holder is gone: SO_LINGER
        // is armed.
        if !channel.reset() { holders.endHolders(by: Signal.kill) }
        relay?.stop()
        closeChannel(inOrder: false)
    }

    /// Closes the connection here: orderly after an orderly end, else with a reset.
    package func close() {
        closeChannel(inOrder: facts?.ending == .finished)
    }

    /// Does that once no operation of a relay names it any more.
    func closeChannel(inOrder: Bool) {
        guard relay?.isSettling != true else { return }
        relay?.retire()
        channel.close(inOrder: inOrder)
    }

    /// A firewall may hide the peer's reset: after a while its word is enough.
    private func forceResetIfHidden(_ seen: Observation, _ now: Instant) {
        guard let brokenByPeerAt, !seen.isClosed, now - brokenByPeerAt > .seconds(1) else { return }
        // A command behind a relay sees no reset: the rules end it first, as after any other.
        if isReceiving, relay?.servesCommand == true, channel.reset() { return }
        breakStream()
        facts?.ending = .reset
    }

    private func scheduleNextLook(_ now: Instant) {
        nextLook = now + nextLookInterval
        let doubled = nextLookInterval + nextLookInterval
        nextLookInterval = min(doubled, FlowEnd.longestInterval)
    }
}
