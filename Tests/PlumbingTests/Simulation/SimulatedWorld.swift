import LinuxSystem

@testable import Plumbing

/// What one end of a simulated session can do and see: its lines, its commands and its flows.
final class SimulatedWorld: World {
    unowned let session: ScriptedSession
    let end: End
    let incoming: ScriptedLine
    let outgoing: ScriptedLine
    /// What is to be told at the next turn.
    var news: [SessionEvent] = []
    private var admitted: [SessionEvent] = []
    private(set) var isMeeting = false
    /// The meetings until now, and what proves that a caller means the last.
    private(set) var meetingCount = 0
    private(set) var meetingSecret: Secret?
    /// All that this end ever had of connections.
    private(set) var channels: [ScriptedChannel] = []
    /// How often a flow went on by another connection.
    private(set) var resumptionCount = 0

    /// The flows that go through the login.
    private(set) var bridges: [ScriptedBridge] = []

    // Commands, as they are and as they were seen to be.
    var scripted: [ScriptedCommand] = []
    var commands: [Command] = []
    private(set) var login: Command?
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

    init(_ session: ScriptedSession, at end: End) {
        self.session = session
        self.end = end
        incoming = end == .here ? session.fromThere : session.toThere
        outgoing = end == .here ? session.toThere : session.fromThere
        homeHasEnded = session.plan.consumer != nil
        if end == .here, session.plan.showsProgress { progressIsDueAt = now }
    }

    var agenda: Agenda { session.agenda }
    var now: Instant { agenda.now }

    // MARK: Waiting

    func watch(_ readiness: inout Readiness) {}
    var deadline: Instant? { news.isEmpty && admitted.isEmpty ? nil : now }

    // MARK: Words for the user

    func say(_ words: Saying) { session.trace("\(end) tells \(words)") }

    func showProgress(_ lanes: [Lane<ScriptedParts>], _ state: ProgressState) {
        for lane in lanes { _ = lane.end.movedByteCount }
        if progressIsDueAt != nil { progressIsDueAt = now + .milliseconds(200) }
    }

    var standardError: StandardError { StandardError() }
    var isTerminalStopped: Bool { false }
    func advanceWords(_ readiness: Readiness) {}

    // MARK: The login command

    func startLogin(_ words: [Word], keepsTerminal: Bool) throws(Errno) {
        session.demand(words == session.plan.loginWords, "another login command")
        if session.fault == .loginIsMissing { throw .notFound }
        var command = Command(role: .login, words: words, pid: 1, started: now)
        command.id = CommandID(commands.count)
        commands.append(command)
        login = command
        session.startLogin()
    }

    func loginEnded(_ status: ExitStatus) {
        guard login?.status == nil, let index = commands.firstIndex(where: { $0.role == .login })
        else { return }
        commands[index].status = status
        login = commands[index]
        news.append(.ended(commands[index]))
    }

    func buryLogin() {}
    func signalLogin(_ signal: CInt) { session.endLogin(.killed(signal: signal)) }
    var loginSaid: LoginWords? { nil }
    var loginSpokeAt: Instant? { nil }
    func stopOurselves() {}

    // MARK: Another login

    func relogin(_ words: [Word], keepsTerminal: Bool) throws(Errno) {
        session.demand(words == session.plan.loginWords, "another login command")
        throw .notFound
    }

    func abandonLogin() {
        incoming.cut()
        outgoing.cut()
        guard let index = commands.firstIndex(where: { $0.role == .login }) else { return }
        commands[index].status = .killed(signal: 15)
        login = commands[index]
    }

    // MARK: The control channel

    func send(_ message: ControlMessage) {
        session.trace("\(end) says \(ScriptedSession.shown(message.line))")
        if session.fault == .countsAreDoubled, case .counts = message { return sendTwice(message) }
        outgoing.send(message)
    }

    /// Of one flow twice, and of another never.
    private func sendTwice(_ message: ControlMessage) {
        guard !hasLied else { return }
        hasLied = true
        for _ in 0..<2 { outgoing.send(message) }
    }

    func send(raw bytes: [UInt8]) { outgoing.send(raw: bytes) }
    func sendHeartbeat() { outgoing.sendHeartbeat() }
    func send(output bytes: [UInt8]) {
        outgoing.send(.output(byteCount: bytes.count), output: bytes)
    }

    func send(_ chunk: Chunk, of flow: Flow) {
        outgoing.send(
            .data(flow, byteCount: chunk.count),
            output: [UInt8](repeating: 1, count: chunk.count))
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
            while let piece = try incoming.next() {
                if case .line(let line) = piece {
                    session.trace("\(end) hears \(ScriptedSession.shown(line))")
                }
                pieces.append(piece)
            }
        } catch {
            if !hasParted { session.misheard(error) }
            throw error
        }
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
        resumptionCount += 1
        let resent = end.resume(on: channel, from: byteCount)
        return (Connection(end.flow, name, from: caller, own: nil, peer: nil), resent)
    }

    func rebridge(_ end: ScriptedFlowEnd, from byteCount: Int64) throws(Errno) -> Int64 {
        session.trace("\(self.end) goes on with \(end.flow) behind \(byteCount) by the login")
        let bridge = ScriptedBridge(end.flow, at: self.end, agenda)
        bridges.append(bridge)
        resumptionCount += 1
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
