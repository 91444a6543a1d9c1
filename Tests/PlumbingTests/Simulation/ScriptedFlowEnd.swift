import LinuxSystem

@testable import Plumbing

/// The parts of a flow's end in a simulated world.
final class ScriptedParts: FlowParts {
    typealias Channel = ScriptedChannel
    typealias Holders = ScriptedHolders
    typealias Relay = ScriptedRelay

    private let agenda: Agenda
    private let user: ScriptedUser

    init(_ agenda: Agenda, _ user: ScriptedUser) {
        self.agenda = agenda
        self.user = user
    }

    var now: Instant { agenda.now }

    func resume(
        _ relay: ScriptedRelay, on channel: ScriptedChannel, after old: ScriptedChannel,
        from byteCount: Int64
    ) throws(Errno) {
        try relay.resume(on: channel, from: Int(byteCount))
    }

    func isEnding(_ process: CInt) -> Bool { user.command?.isExiting ?? false }
}

/// One end of a scripted flow, led by what leads one of the kernel.
typealias ScriptedFlowEnd = FlowEnd<ScriptedParts>

/// Who has an end of a flow, once there is somebody.
final class ScriptedUser {
    var command: ScriptedCommand?

    var isHolding: Bool { command?.isHolding ?? true }
}

extension ScriptedFlowEnd {
    /// - Parameter tellsOfOthers: Whether the kernel tells who has a connection that we let go of.
    convenience init(
        _ connection: ScriptedFlow, at end: End, breaking: SendingRules.Breaking,
        hearsOfEnd: Bool, tellsOfOthers: Bool, isBridged: Bool = false, _ agenda: Agenda
    ) {
        let user = ScriptedUser()
        self.init(
            ScriptedChannel(
                connection, at: end, user, tellsOfOthers: tellsOfOthers, isBridged: isBridged),
            ScriptedHolders(user), ScriptedParts(agenda, user), at: end, breaking: breaking,
            hearsOfEnd: hearsOfEnd)
    }

    var user: ScriptedUser { channel.user }

    /// Begins to watch it, with a relay before who is to have it, or without.
    ///
    /// - Returns: What whoever is to have it reads or writes.
    func begin(
        isRelayed: Bool, servesCommand: Bool = true, keeps: Bool = false, isSealed: Bool = false
    ) -> any ScriptedInput & ScriptedOutput {
        begin(heartbeat: .seconds(6))
        guard isRelayed else { return channel.connection }
        let relay = ScriptedRelay(
            channel, user, servesCommand: servesCommand, holdsEnd: hearsOfEnd, keeps: keeps,
            isSealed: isSealed)
        if keeps { cuts = FlowCuts() }
        start(relay, heldBy: nil)
        return relay
    }
}

/// Who still has an end of a flow: its command, or a child of it that may be hidden.
struct ScriptedHolders: FlowHolders {
    let user: ScriptedUser
    private var isLate = false

    init(_ user: ScriptedUser) {
        self.user = user
    }

    func isHeld(
        besides strangers: [CInt], _ hasEnded: Bool, _ now: Instant, among reach: HolderWatch.Reach
    ) -> Bool {
        guard let command = user.command else { return true }
        return reach == .ours ? command.isSeenHolding : command.isHolding
    }

    func hasOnlyUnseen(_ now: Instant) -> Bool {
        user.command.map { $0.isHolding && !$0.isSeenHolding } ?? false
    }

    mutating func noteUnseen(_ now: Instant) { isLate = true }

    mutating func takeLate() -> HolderWatch.Late? {
        defer { isLate = false }
        return isLate ? .hidden : nil
    }

    func endHolders(by signal: CInt) { user.command?.killAll(signal) }
}

/// One end of a scripted connection.
final class ScriptedChannel: FlowChannel {
    let connection: ScriptedFlow
    let end: End
    let user: ScriptedUser
    /// Whether the kernel tells who has the connection that we let go of.
    private let tellsOfOthers: Bool
    let isBridged: Bool
    private(set) var isOpen = true
    private(set) var isLetGo = false
    private(set) var isHeldByOthers = false
    var toldByteCount: Int64?
    var overhead: Int64 = 0
    /// The bytes of the flow that went by others before, as this end has it.
    private let base: Int64

    init(
        _ connection: ScriptedFlow, at end: End, _ user: ScriptedUser, tellsOfOthers: Bool,
        isBridged: Bool, from base: Int64 = 0
    ) {
        self.connection = connection
        self.base = base
        self.end = end
        self.user = user
        self.tellsOfOthers = tellsOfOthers
        self.isBridged = isBridged
    }

    var flow: Flow { connection.flow }
    private var isSender: Bool { flow.sender == end }
    private var isClosed: Bool {
        isSender ? connection.isClosedAtSender : connection.isClosedAtReceiver
    }

    func observe() throws(Errno) -> Observation {
        leaveToOthers()
        var seen = connection.observe(at: end)
        if isSender {
            seen.written += base
            seen.acknowledged += base
        } else {
            seen.received += base
        }
        if isLetGo { seen.written = seen.acknowledged }
        return seen
    }

    func observeAtRest() throws(Errno) -> Observation { try observe() }

    func wholeByteCount() -> Int64? { base + Int64(connection.written) }

    func watch(_ readiness: inout Readiness) {}

    /// A poll tells of a connection that is closed.
    func wasSeen(_ readiness: Readiness) -> Bool { isClosed }

    func acknowledge() {}
    func keepUrgentDataInLine() {}
    func takeReset() -> Bool { isLetGo || isClosed && connection.observe(at: end).hasPendingError }

    func drain(byteCount: Int) -> [UInt8]? {
        let count = min(byteCount, connection.unread)
        connection.take(count)
        return [UInt8](repeating: 1, count: count)
    }

    func freeze() { connection.freeze() }
    var broughtByteCount: Int64? { nil }

    func closeWriting() { connection.closeWriting() }

    func letGo() -> LettingGo {
        guard tellsOfOthers, isOpen, !isClosed, !connection.hasFin else { return .impossible }
        guard connection.acknowledged == connection.written else { return .notYet }
        isLetGo = true
        leaveToOthers()
        return .done
    }

    /// The FIN goes out with the last descriptor.
    func leaveToOthers() {
        guard isLetGo else { return }
        isHeldByOthers = user.isHolding
        if !isHeldByOthers { connection.closeWriting() }
    }

    func reset() -> Bool {
        guard isOpen else { return true }
        guard !isLetGo else { return false }
        connection.reset(from: end)
        return true
    }

    func close(inOrder: Bool) {
        if isOpen, !inOrder, !isLetGo { connection.reset(from: end) }
        (isOpen, isLetGo) = (false, false)
    }

    /// Whoever had it is killed.
    func die() {
        if isLetGo { connection.closeWriting() } else { connection.reset(from: end) }
    }
}
