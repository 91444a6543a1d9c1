import LinuxSystem
import Plumbing

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
        /// One flow is counted twice by the end there, another never.
        case countsAreDoubled
    }

    let agenda: Agenda
    let plan: Plan
    let fault: Fault
    let scripts: [Role: ScriptedCommand.Script]
    let toThere: ScriptedLine
    let fromThere: ScriptedLine
    let secret = ScriptedSession.someSecret
    private(set) var loginHasEnded = false
    private(set) var hasMisheard = false
    private(set) var violations: [String] = []
    private(set) var turnCount = 0
    private(set) var struckAt: Instant?
    private(set) var connections: [(name: ConnectionName, flow: ScriptedFlow)] = []
    private var callCount = 0
    private(set) var unreachable: [End] = []
    private var deaf: [End] = []
    /// What happened, if that is wanted.
    private(set) var story: [String] = []
    private let isTraced: Bool
    private(set) var here: ScriptedHere!
    private(set) var there: ScriptedThere!

    private static let someSecret = Secret.random()

    init(seed: UInt64, isTraced: Bool = false) {
        self.isTraced = isTraced
        let agenda = Agenda(seed: seed)
        self.agenda = agenda
        toThere = ScriptedLine(agenda, awaitsHello: false)
        fromThere = ScriptedLine(agenda, awaitsHello: true)
        fault = Fault.allCases[agenda.random.below(Fault.allCases.count)]
        plan = ScriptedSession.plan(&agenda.random)
        scripts = ScriptedSession.scripts(&agenda.random)
        if agenda.random.chance(6) { unreachable.append(.here) }
        if agenda.random.chance(6) { unreachable.append(.there) }
        if agenda.random.chance(8) { deaf.append(agenda.random.chance(2) ? .here : .there) }
        here = ScriptedHere(self)
        there = ScriptedThere(self)
        arrange()
    }

    var remoteIsMissing: Bool { fault == .remoteIsMissing }

    /// Lets the fault happen at a moment of its own.
    private func arrange() {
        switch fault {
        case .lineToThereIsLost: toThere.loses = Int64(agenda.random.below(14))
        case .lineFromThereIsLost: fromThere.loses = Int64(agenda.random.below(14))
        case .resetIsHidden, .none, .remoteIsMissing, .countsAreDoubled: break
        default: agenda.soon(within: agenda.random.chance(2) ? 300 : 3000) { self.strike() }
        }
    }

    private func strike() {
        trace("\(fault)")
        struckAt = agenda.now
        switch fault {
        case .hereIsKilled: here.kill()
        case .thereIsKilled: there.kill()
        case .hereIsSignalled: here.signal()
        case .thereIsSignalled: there.signal()
        case .lineToThereIsStuck: toThere.isStuck = true
        case .lineFromThereIsStuck: fromThere.isStuck = true
        case .loginEnds: endLogin()
        case .flowIsCut: for connection in connections { connection.flow.cut() }
        case .pathDies:
            for connection in connections { connection.flow.cut(kernelsNotice: false) }
        case .resetBecomesEnd:
            let victim = agenda.random.below(3)
            if victim == 1 { here.kill() }
            if victim == 2 { there.kill() }
        case .allIsCut:
            (toThere.isStuck, fromThere.isStuck) = (true, true)
            for connection in connections { connection.flow.cut() }
        case .flowIsReset:
            let way = agenda.random.below(3)
            connections.randomElement(using: &agenda.random)?.flow
                .breakOnTheWay(atSender: way != 0, atReceiver: way != 1)
        default: break
        }
    }

    // MARK: The login command

    /// It ends by itself or by force: then nothing more is passed on.
    func endLogin() {
        toThere.cut()
        if fault == .loginEnds { fromThere.cut() } else { fromThere.close() }
        loginHasEnded = true
    }

    func thereHasEnded() {
        agenda.soon(within: 50) { self.loginHasEnded = true }
    }

    // MARK: The network

    func canListen(_ end: End) -> Bool { !deaf.contains(end) }

    func endpoint(_ end: End) -> Endpoint {
        Endpoint(.loopbackIPv4, port: end == .here ? 1001 : 1002)
    }

    var isCalling: Bool { callCount > 0 }

    func connection(_ name: ConnectionName, _ flow: Flow) -> ScriptedFlow? {
        connections.first { $0.name == name && $0.flow.flow == flow }?.flow
    }

    func call(_ endpoint: Endpoint, _ flow: Flow, from caller: End) {
        let name = ConnectionName(agenda.random.bytes(ConnectionName.byteCount))
        if caller == .here { callCount += 1 }
        agenda.soon(within: 400) {
            if caller == .here { self.callCount -= 1 }
            guard !self.unreachable.contains(caller.peer) else {
                return self.refuse(endpoint, flow, caller)
            }
            let connection = ScriptedFlow(flow, self.agenda)
            connection.hidesResets = self.fault == .resetIsHidden
            connection.turnsResets = self.fault == .resetBecomesEnd
            self.connections.append((name, connection))
            // Who calls knows first that all is proved.
            self.admit(name, flow, at: caller, from: caller)
            self.agenda.soon(within: 100) {
                self.admit(name, flow, at: caller.peer, from: caller)
            }
        }
    }

    private func refuse(_ endpoint: Endpoint, _ flow: Flow, _ caller: End) {
        if caller == .here {
            here.cannotReach(endpoint, flow)
        } else {
            there.cannotReach(endpoint, flow)
        }
    }

    private func admit(_ name: ConnectionName, _ flow: Flow, at end: End, from caller: End) {
        if end == .here { here.admit(name, flow, from: caller) } else { there.admit(name, flow) }
    }

    // MARK: Running

    func misheard(_ error: ControlError) {
        trace("misheard: \(error)")
        hasMisheard = true
    }

    func demand(_ isMet: Bool, _ what: @autoclosure () -> String) {
        if !isMet { violations.append(what()) }
    }

    func trace(_ what: @autoclosure () -> String) {
        guard isTraced else { return }
        story.append("\(agenda.now.nanoseconds / 1_000_000 - 1000) ms: \(what())")
    }

    static func shown(_ line: ControlLine) -> String {
        String(decoding: line.encoded.prefix(70).filter { $0 >= 32 }, as: UTF8.self)
    }

    /// Lets all happen that happens, to the end of both.
    func run() throws {
        let limit = agenda.now + .seconds(200)
        while !(here.isOver && there.isOver), agenda.now < limit, turnCount < 20_000 {
            let next = [here.deadline, there.deadline].compactMap { $0 }.min() ?? limit
            agenda.advance(to: min(next, limit))
            try there.turn()
            try here.turn()
            turnCount += 1
        }
        agenda.forget()
        demand(turnCount < 20_000, "it spins")
        demand(here.isOver, "here never ends")
        demand(there.isOver, "there never ends")
        judge()
    }
}
