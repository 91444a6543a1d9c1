import LinuxSystem

@testable import Plumbing

/// What one end of a simulated session can do and see: its lines, its commands and its flows.
final class SimulatedWorld: World {
    unowned let session: ScriptedSession
    /// What started it, or what it started first.
    let origin: ScriptedLogin
    let end: End
    var incoming: ScriptedLine
    var outgoing: ScriptedLine
    var lines: ControlLines

    // Where the session may outlive a login.
    /// What proves that another belongs to it.
    private(set) var rejoinKey: RejoinKey?
    /// Whether it lets other logins in, what they brought, the number of the last, and who holds the
    /// place of the present one.
    var hasDoor = false
    var arrivals: [(rejoining: Rejoining, newcomer: SimulatedWorld)] = []
    var attempt: Int64 = 0
    var standIn: SimulatedWorld?
    /// What is to be handed over to such a session.
    var offered: (ScriptedLine, ScriptedLine)?
    /// What is to be told at the next turn.
    var news: [SessionEvent] = []
    private var admitted: [SessionEvent] = []
    private(set) var isMeeting = false
    /// The meetings until now, and what proves that a caller means the last.
    private(set) var meetingCount = 0
    private(set) var meetingSecret: Secret?
    /// All that this end ever had of connections.
    private(set) var channels: [ScriptedChannel] = []

    /// The flows that go through the login.
    private(set) var bridges: [ScriptedBridge] = []

    // Commands, as they are and as they were seen to be.
    var scripted: [ScriptedCommand] = []
    var commands: [Command] = []
    var loginIndex: Int?
    var startCount = 0
    /// Who writes our own standard input, and reads our own standard output.
    var neighbours: [ScriptedCommand] = []
    var isEnding = false

    var isOver = false
    var wasKilled = false
    /// Whether it says nothing more.
    private(set) var hasParted = false
    private(set) var hasLied = false

    // The remote command's output on its way home.
    var home = 0
    var homeWritten = 0
    var homeHasEnded = false
    var credit = 0
    /// How much of what came home was written when this end began to leave.
    private(set) var homeAtParting = 0
    var hasToldHolder = false
    private(set) var progressIsDueAt: Instant?
    /// What the flows that this end sends were paced to last.
    var lastRates = Rates()

    init(_ session: ScriptedSession, at end: End, by login: ScriptedLogin) {
        self.session = session
        self.end = end
        origin = login
        (incoming, outgoing) = login.lines(at: end)
        lines = ControlLines(awaitsHello: end == .here)
        homeHasEnded = session.plan.consumer != nil
        if end == .here, session.plan.showsProgress { progressIsDueAt = now }
    }

    var agenda: Agenda { session.agenda }
    var now: Instant { agenda.now }

    // MARK: Waiting

    func watch(_ readiness: inout Readiness) {}
    var deadline: Instant? {
        news.isEmpty && admitted.isEmpty && arrivals.isEmpty ? nil : now
    }

    // MARK: Words for the user

    func say(_ words: Saying) { session.trace("\(end) tells \(words)") }

    func showProgress(_ lanes: [Lane<ScriptedParts>], _ state: ProgressState) {
        for lane in lanes { _ = lane.end.movedByteCount }
        if progressIsDueAt != nil { progressIsDueAt = now + .milliseconds(200) }
    }

    var standardError: StandardError { StandardError() }
    var isTerminalStopped: Bool { false }
    func advanceWords(_ readiness: Readiness) {}

    // MARK: The control channel

    func send(_ message: ControlMessage) {
        session.trace("\(end) says \(ScriptedSession.shown(message.line))")
        if session.fault == .countsAreDoubled, case .counts = message { return sendTwice(message) }
        post(message)
    }

    private func post(_ message: ControlMessage, _ bytes: [UInt8] = []) {
        guard let encoded = lines.encode(message, with: bytes) else { return }
        outgoing.send(message, encoded)
    }

    /// Of one flow twice, and of another never.
    private func sendTwice(_ message: ControlMessage) {
        guard !hasLied else { return }
        hasLied = true
        for _ in 0..<2 { post(message) }
    }

    func send(raw bytes: [UInt8]) { outgoing.send(raw: bytes) }

    func sendHeartbeat() {
        guard let encoded = lines.heartbeat() else { return }
        outgoing.send(.alive(after: 0), encoded)
    }

    func send(output bytes: [UInt8]) { post(.output(byteCount: bytes.count), bytes) }

    func send(_ chunk: Chunk, of flow: Flow) {
        post(
            .data(flow, byteCount: chunk.count), [UInt8](repeating: 1, count: chunk.count))
    }

    func finishSending() {
        session.demand(!hasParted, "\(end) parts twice")
        hasParted = true
        homeAtParting = homeWritten
        outgoing.close()
    }

    func hear(_ readiness: Readiness) throws(ControlError) -> [ControlAssembler.Piece] {
        var pieces: [ControlAssembler.Piece] = []
        do throws(ControlError) {
            lines.add(incoming.take())
            while let piece = try lines.next() {
                if case .line(let line) = piece {
                    session.trace("\(end) hears \(ScriptedSession.shown(line))")
                }
                pieces.append(piece)
            }
        } catch {
            if !hasParted { session.misheard(error) }
            throw error
        }
        let due = lines.takeDue()
        if !due.isEmpty { outgoing.send(raw: due) }
        return pieces
    }

    var channelHasEnded: Bool { incoming.hasEnded }
    var channelRest: [UInt8] { [] }
    var backlog: Int { 0 }

    // MARK: The meeting

    func listen(_ order: ListenOrder) -> ListeningPlaces {
        isMeeting = true
        meetingCount += 1
        admitted = []
        let secret = order.secret ?? (meetingCount == 1 ? session.secret : .random())
        meetingSecret = secret
        if let name = order.session { rejoinKey = RejoinKey(secret, name) }
        session.demand((order.cipher != nil) == session.plan.relay.isSealed, "another cipher")
        let isRefused = !session.canListen(end) || order.addresses.isEmpty
        return ListeningPlaces(
            secret, isRefused ? [] : [session.endpoint(end)],
            refusal: isRefused ? .addressInUse : nil)
    }

    func call(_ endpoints: [Endpoint], for flows: [Flow]) -> [SessionEvent] {
        for endpoint in endpoints {
            for flow in flows { session.call(endpoint, flow, from: end) }
        }
        return []
    }

    func meet(_ event: SessionEvent) {
        if isMeeting { admitted.append(event) }
    }

    /// Whether it waits for who knows the secret.
    func awaits(_ secret: Secret?) -> Bool { isMeeting && meetingSecret?.text == secret?.text }

    func advanceMeeting(_ readiness: Readiness) -> [SessionEvent] { take(&admitted) }
    var isCalling: Bool { session.isCalling(from: end) }

    func join(
        _ name: ConnectionName, _ flow: Flow, _ breaking: SendingRules.Breaking, hearsOfEnd: Bool
    ) -> Joining<ScriptedParts> {
        guard let (connection, caller) = session.connection(name, flow) else {
            session.demand(false, "a connection that never was")
            return .lacks(.isGone)
        }
        if session.fault == .nothingIsCounted { return .lacks(.countsNothing) }
        let flowEnd = ScriptedFlowEnd(
            connection, at: end, breaking: breaking, hearsOfEnd: hearsOfEnd,
            tellsOfOthers: !agenda.random.chance(4), agenda)
        channels.append(flowEnd.channel)
        return .joined(flowEnd, Connection(flow, name, from: caller, own: nil, peer: nil))
    }

    func resume(
        _ end: ScriptedFlowEnd, by name: ConnectionName, from byteCount: Int64
    ) -> (Connection, resent: Int64)? {
        guard let (connection, caller) = session.connection(name, end.flow) else {
            session.demand(false, "a connection that never was")
            return nil
        }
        if session.takesAway(connection, from: self.end) { return nil }
        let channel = ScriptedChannel(
            connection, at: self.end, end.user, tellsOfOthers: false, isBridged: false,
            from: byteCount)
        channels.append(channel)
        session.trace("\(self.end) goes on with \(end.flow) behind \(byteCount)")
        let resent = end.resume(on: channel, from: byteCount)
        return (Connection(end.flow, name, from: caller, own: nil, peer: nil), resent)
    }

    func rebridge(_ end: ScriptedFlowEnd, from byteCount: Int64) throws(Errno) -> Int64 {
        session.trace("\(self.end) goes on with \(end.flow) behind \(byteCount) by the login")
        let bridge = ScriptedBridge(end.flow, at: self.end, agenda)
        bridges.append(bridge)
        let channel = ScriptedChannel(
            bridge.connection, at: self.end, end.user, tellsOfOthers: false, isBridged: true,
            from: byteCount)
        bridge.connection.base = Int(byteCount)
        channels.append(channel)
        return end.resume(on: channel, from: byteCount)
    }

    func dropBridge(_ flow: Flow) {
        for bridge in bridges where bridge.flow == flow { bridge.reset() }
        bridges.removeAll { $0.flow == flow }
    }

    var knowledge: Candidates.Knowledge? { session.knowledge }

    func bridge(
        _ flow: Flow, _ breaking: SendingRules.Breaking, hearsOfEnd: Bool
    ) -> Joining<ScriptedParts> {
        if session.fault == .nothingIsCounted { return .lacks(.countsNothing) }
        let bridge = ScriptedBridge(flow, at: end, agenda)
        bridges.append(bridge)
        return .joined(
            ScriptedFlowEnd(
                bridge.connection, at: end, breaking: breaking, hearsOfEnd: hearsOfEnd,
                tellsOfOthers: !agenda.random.chance(4), isBridged: true, agenda),
            Connection(bridging: flow))
    }

    func carry(_ flow: Flow, _ frame: Frame) -> Frame? {
        bridges.first { $0.flow == flow }?.carry(frame)
    }

    func advanceBridges(_ readiness: Readiness) -> [SessionEvent] {
        bridges.compactMap { bridge in bridge.advance().map { .bridged(bridge.flow, $0) } }
    }

    func endMeeting() { isMeeting = false }

    private func take(_ events: inout [SessionEvent]) -> [SessionEvent] {
        defer { events = [] }
        return events
    }
}
