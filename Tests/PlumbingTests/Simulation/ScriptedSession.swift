import LinuxSystem

@testable import Plumbing

/// A whole session in one process: both ends' real rules, between them a network, a login and
/// commands that only a seed knows.
final class ScriptedSession {
    /// What goes wrong, at most once in a session.
    enum Fault: CaseIterable {
        case none, hereIsKilled, thereIsKilled, hereIsSignalled, thereIsSignalled
        case lineToThereIsLost, lineFromThereIsLost, lineToThereIsStuck, lineFromThereIsStuck
        case loginEnds, flowIsCut, allIsCut, flowIsReset, resetIsHidden, remoteIsMissing
        /// No packet of a flow comes through, and no kernel gives up; the login lives.
        case pathDies
        /// A box makes of each sender's reset an end, and an end may be killed.
        case resetBecomesEnd
        /// A relay cannot read or write, or its file is cut.
        case relayFails
        /// One flow is counted twice by the end there, another never.
        case countsAreDoubled
        /// The login command cannot be started.
        case loginIsMissing
        /// The kernel of an end does not count the bytes of a connection.
        case nothingIsCounted
    }

    let agenda: Agenda
    let plan: Plan
    let fault: Fault
    /// What keeps the program of a push from running.
    let obstacle: ScriptedShell.Obstacle?
    let scripts: [Role: ScriptedCommand.Script]
    /// The login commands until now.
    private(set) var logins: [ScriptedLogin] = []
    let secret = ScriptedSession.someSecret
    /// What the end here is known by.
    let knowledge: Candidates.Knowledge
    private(set) var hasMisheard = false
    private(set) var violations: [String] = []
    private(set) var turnCount = 0
    private(set) var struckAt: Instant?
    /// Which end the fault killed, if it did.
    private(set) var victim: End?
    /// What happens to connections that the flows survive.
    let losses: Losses
    let loginLosses: LoginLosses
    private(set) var connections: [(name: ConnectionName, flow: ScriptedFlow, caller: End)] = []
    private var calls: [String: Int] = [:]
    private(set) var unreachable: [End] = []
    private var deaf: [End] = []
    /// What happened, if that is wanted.
    private(set) var story: [String] = []
    private let isTraced: Bool
    private(set) var here: EndLoop<HereCore, SimulatedWorld>!
    private(set) var there: EndLoop<ThereCore, SimulatedWorld>!
    private(set) var thereHasStarted = false
    /// What other logins started, to give their channels to the end there.
    var newcomers: [EndLoop<ThereCore, SimulatedWorld>] = []
    let push: (push: Push, obstacle: ScriptedShell.Obstacle?)?

    private static let someSecret = Secret.random()

    /// - Parameter loss: The one thing that is lost on the way, if the seed has no say.
    init(seed: UInt64, isTraced: Bool = false, losing loss: Loss? = nil) {
        self.isTraced = isTraced
        let agenda = Agenda(seed: seed)
        self.agenda = agenda
        let drawn = Fault.allCases[agenda.random.below(Fault.allCases.count)]
        fault = loss == nil ? drawn : .none
        var plan = ScriptedSession.plan(&agenda.random)
        plan.way = ScriptedSession.way(seed)
        let sealing = ScriptedSession.sealing(&plan, seed)
        push = ScriptedSession.push(&plan, seed)
        let rates = ScriptedSession.rates(&plan, seed)
        losses = Losses(&plan, seed, wanting: loss)
        loginLosses = LoginLosses(mayHappen: losses.limit != nil && loss == nil, seed)
        (self.plan, obstacle) = (plan, push?.obstacle)
        scripts = ScriptedSession.scripts(plan, &agenda.random)
        if agenda.random.chance(6) { unreachable.append(.here) }
        if agenda.random.chance(6) { unreachable.append(.there) }
        if agenda.random.chance(8) { deaf.append(agenda.random.chance(2) ? .here : .there) }
        let own = Candidates.Knowledge(addresses: [.loopbackIPv4], ssh: nil, networkIdentity: "one")
        var surroundings = Surroundings(hasTerminal: false, own: own)
        surroundings.push = push?.push
        knowledge = own
        let login = addLogin()
        here = EndLoop(
            HereCore(plan, surroundings, now: agenda.now),
            in: SimulatedWorld(self, at: .here, by: login), at: .here)
        there = loopThere(by: login, on: "one")
        arrange()
        if let (forgery, after) = sealing {
            agenda.after(.milliseconds(after)) { self.forge(forgery) }
        }
        for (reading, after) in rates {
            agenda.after(.milliseconds(after)) { self.here.world.news.append(.ratesRead(reading)) }
        }
        arrangeLosses(loss)
        here.begin()
    }

    /// Lets the fault happen at a moment of its own.
    private func arrange() {
        switch fault {
        case .lineToThereIsLost: logins[0].toThere.loses = Int64(agenda.random.below(14))
        case .lineFromThereIsLost: logins[0].fromThere.loses = Int64(agenda.random.below(14))
        case .resetIsHidden, .none, .remoteIsMissing, .countsAreDoubled, .loginIsMissing,
            .nothingIsCounted:
            break
        default: agenda.soon(within: agenda.random.chance(2) ? 300 : 3000) { self.strike() }
        }
    }

    private func strike() {
        trace("\(fault)")
        struckAt = agenda.now
        switch fault {
        case .hereIsKilled: here.world.kill(here.lanes)
        case .thereIsKilled: killThere()
        case .hereIsSignalled: here.world.take(signal: Signal.terminate)
        case .thereIsSignalled: there.world.take(signal: Signal.terminate)
        case .lineToThereIsStuck: login.toThere.isStuck = true
        case .lineFromThereIsStuck: login.fromThere.isStuck = true
        case .loginEnds: endLogin(.exited(255))
        case .flowIsCut: for connection in connections { connection.flow.cut() }
        case .pathDies:
            for connection in connections { connection.flow.cut(kernelsNotice: false) }
        case .resetBecomesEnd:
            victim = [nil, .here, .there][agenda.random.below(3)]
            if victim == .here { here.world.kill(here.lanes) }
            if victim == .there { killThere() }
        case .relayFails:
            (here.lanes + there.lanes).filter { !$0.end.isOver }.compactMap { $0.end.relay }
                .randomElement(using: &agenda.random)?.fail(&agenda.random)
            (here.world.bridges + there.world.bridges).first?.fail()
        case .allIsCut:
            login.fallSilent()
            for connection in connections { connection.flow.cut() }
        case .flowIsReset:
            let way = agenda.random.below(3)
            connections.randomElement(using: &agenda.random)?.flow
                .breakOnTheWay(atSender: way != 0, atReceiver: way != 1)
        default: break
        }
    }

    private func forge(_ forgery: ScriptedFlow.Forgery) {
        trace("\(forgery)")
        flowsInUse.randomElement(using: &agenda.random)?.forge(forgery)
    }

    /// What the readers' ends have of the flows.
    var flowsInUse: [ScriptedFlow] {
        (here.lanes + there.lanes).map { $0.end }.filter {
            $0.channel.end != $0.flow.sender && !$0.isOver
        }
        .map { $0.channel.connection }
    }

    private func killThere() {
        there.world.kill(there.lanes)
        thereHasEnded()
    }

    private func thereHasEnded() {
        letLoginsGo()
        hasEnded(logins[0])
    }

    func addLogin() -> ScriptedLogin {
        let login = ScriptedLogin(agenda)
        logins.append(login)
        login.toThere.shell = push.map { ScriptedShell(self, login, $0.push, $0.obstacle) }
        return login
    }

    func beginThere() {
        thereHasStarted = true
        there.begin()
    }

    // MARK: The network

    func canListen(_ end: End) -> Bool { !deaf.contains(end) }

    func endpoint(_ end: End) -> Endpoint {
        Endpoint(.loopbackIPv4, port: end == .here ? 41001 : 41002)
    }

    func isCalling(from end: End) -> Bool {
        end == .here && here.world.meetingSecret.map { calls[$0.text, default: 0] > 0 } == true
    }

    func connection(
        _ name: ConnectionName, _ flow: Flow
    ) -> (flow: ScriptedFlow, caller: End)? {
        connections.first { $0.name == name && $0.flow.flow == flow }
            .map { ($0.flow, $0.caller) }
    }

    func call(_ endpoint: Endpoint, _ flow: Flow, from caller: End) {
        let name = ConnectionName(agenda.random.bytes(ConnectionName.byteCount))
        let (secret, isFirst) = (world(caller).meetingSecret, world(caller).meetingCount == 1)
        if caller == .here, let secret { calls[secret.text, default: 0] += 1 }
        if !isFirst, losses.swallowsCall(agenda.now) { return }
        agenda.soon(within: 400) {
            if caller == .here, let secret { self.calls[secret.text, default: 0] -= 1 }
            if !isFirst {
                guard self.world(caller).awaits(secret) else { return }
                guard self.world(caller.peer).awaits(secret), !self.losses.refuses(self.agenda.now)
                else {
                    return self.world(caller).meet(
                        .unreachable(endpoint, flow, .connectionRefused))
                }
            }
            guard !self.unreachable.contains(caller.peer) else {
                return self.world(caller).meet(
                    .unreachable(endpoint, flow, .connectionRefused))
            }
            let connection = ScriptedFlow(flow, self.agenda)
            connection.hidesResets = self.fault == .resetIsHidden
            connection.turnsResets = self.fault == .resetBecomesEnd
            self.connections.append((name, connection, caller))
            self.losses.touch(connection, isFirst: isFirst, self.agenda)
            // Who calls knows first that all is proved.
            self.world(caller).meet(.admitted(name, flow, from: caller))
            self.agenda.soon(within: 100) {
                guard isFirst || self.world(caller.peer).awaits(secret) else { return }
                self.world(caller.peer).meet(.admitted(name, flow, from: caller))
            }
        }
    }

    func world(_ end: End) -> SimulatedWorld { end == .here ? here.world : there.world }

    // MARK: Running

    func misheard(_ error: ControlError) {
        trace("misheard: \(error)")
        hasMisheard = true
    }

    func demand(_ isMet: Bool, _ what: @autoclosure () -> String) {
        if !isMet, !violations.contains(what()) { violations.append(what()) }
    }

    func trace(_ what: @autoclosure () -> String) {
        guard isTraced else { return }
        story.append("\(agenda.now.nanoseconds / 1_000_000 - 1000) ms: \(what())")
    }

    static func shown(_ line: ControlLine) -> String {
        String(decoding: line.encoded.prefix(70).filter { $0 >= 32 }, as: UTF8.self)
    }

    /// Lets all happen that happens, to the end of both.
    func run() {
        let limit = agenda.now + .seconds(losses.limit == nil ? 200 : 400)
        // A login that is looked for takes its time.
        let mostTurns = losses.limit == nil ? 20_000 : 60_000
        while !isOver, agenda.now < limit, turnCount < mostTurns {
            let moments =
                [
                    here.world.isOver ? nil : here.deadline,
                    there.world.isOver || !thereHasStarted ? nil : there.deadline,
                ] + newcomers.map { $0.world.isOver ? nil : $0.deadline }
            agenda.advance(to: moments.compactMap { $0 }.min().map { min($0, limit) } ?? limit)
            if thereHasStarted, turn(there) { thereHasEnded() }
            for newcomer in newcomers where turn(newcomer) { hasEnded(newcomer.world.origin) }
            if turn(here) { endLogin(.killed(signal: 15)) }
            watchLosses()
            turnCount += 1
        }
        agenda.forget()
        demand(turnCount < mostTurns, "it spins")
        demand(here.world.isOver, "here never ends")
        demand(there.world.isOver || !thereHasStarted, "there never ends")
        demand(newcomers.allSatisfy { $0.world.isOver }, "a login's end never ends")
        judge()
    }

    private var isOver: Bool {
        here.world.isOver && (there.world.isOver || !thereHasStarted)
            && newcomers.allSatisfy { $0.world.isOver }
    }

    /// - Returns: Whether the end has just left.
    private func turn<Core>(_ loop: EndLoop<Core, SimulatedWorld>) -> Bool {
        guard !loop.world.isOver else { return false }
        loop.turn(Readiness())
        let deadline = loop.deadline
        demand(
            loop.lanes.allSatisfy { $0.end.deadline ?? .distantFuture >= deadline },
            "it sleeps while a flow wants a look")
        guard loop.isOver else { return false }
        loop.world.leave()
        return true
    }
}
