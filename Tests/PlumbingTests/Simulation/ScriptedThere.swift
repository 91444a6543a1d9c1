import LinuxSystem
import Plumbing

/// The end that the login command started, in a simulated session.
final class ScriptedThere {
    private unowned let world: ScriptedSession
    private var agenda: Agenda { world.agenda }
    private(set) var rules: ThereRules
    private var flowEnds: [ScriptedFlowEnd] = []
    private(set) var command: ScriptedCommand?
    private var credit = 0
    private var home = 0
    private var hasToldHome = false
    private(set) var startCount = 0
    private(set) var hasLied = false
    /// Whether it was ended by force, and so has no last words.
    private(set) var wasKilled = false
    private(set) var isGone = false
    /// Whether it let its command go on, rather than end it.
    private(set) var isOrderly: Bool?

    init(_ world: ScriptedSession) {
        self.world = world
        rules = ThereRules(now: world.agenda.now)
        let hello = Hello(
            protocols: Version.protocols, programVersion: "1", kernel: "6", ssh: nil,
            addresses: [.loopbackIPv4], networkIdentity: "")
        world.fromThere.send(.hello(hello))
    }

    var isOver: Bool { isGone || wasKilled }
    var deadline: Instant? {
        if isOver { return nil }
        let looks = rules.isRunning ? flowEnds.compactMap(\.deadline) : []
        return ([rules.deadline] + looks).min()
    }

    // MARK: What happens to it

    func admit(_ name: ConnectionName, _ flow: Flow) {
        if !isOver { perform(rules.admit(name, flow)) }
    }

    func cannotReach(_ endpoint: Endpoint, _ flow: Flow) {
        if !isOver, rules.phase == .meeting {
            world.fromThere.send(.unreachable(endpoint, flow, .connectionRefused))
        }
    }

    func signal() {
        if !isOver { perform(rules.signalled(Signal.terminate, agenda.now)) }
    }

    /// By a signal that nobody can catch: what it had open closes by and by, its command dies.
    func kill() {
        guard !isOver else { return }
        wasKilled = true
        world.trace("there is killed")
        world.fromThere.close()
        agenda.soon(within: 20) { self.command?.kill(9) }
        agenda.after(.milliseconds(100)) {
            for end in self.flowEnds where end.facts == nil { end.flow.reset(from: .there) }
        }
        world.thereHasEnded()
    }

    // MARK: Its loop

    func turn() throws {
        guard !isOver else { return }
        for end in flowEnds where rules.isRunning {
            try end.look(command)
            if let whole = end.takeWhole() { send(whole) }
        }
        sendHome()
        hear()
        let isSilent = world.plan.consumer != nil || hasToldHome
        perform(
            rules.tell(
                flowEnds.map { ($0.flow.flow, $0.facts) }, command?.command, isSilent: isSilent))
        perform(
            rules.advance(
                agenda.now, seesLife: { _ in flowEnds.contains(where: \.showsLife) },
                deadFlow: { span in flowEnds.first { $0.isUnanswered(for: span) }?.flow.flow },
                pathHint: { nil }))
        guard rules.ending != nil, command == nil || command?.status != nil else { return }
        isGone = true
        world.trace("there is gone: \(String(describing: rules.ending))")
        world.fromThere.close()
        world.thereHasEnded()
    }

    private func hear() {
        do {
            while let piece = try world.toThere.next() {
                rules.heard()
                guard case .line(let line) = piece else { continue }
                world.trace(
                    "there hears \(ScriptedSession.shown(line))")
                perform(try rules.receive(try ControlMessage(line), agenda.now))
            }
        } catch {
            world.misheard(error)
            perform(rules.fail(.protocolError("a line was lost")))
        }
        if world.toThere.hasEnded { perform(rules.channelEnded(agenda.now)) }
    }

    private func perform(_ steps: [ThereRules.Step]) {
        for step in steps {
            switch step {
            case .send(let message): send(message)
            case .sendHeartbeat: world.fromThere.sendHeartbeat()
            case .meet(let invitation): meet(invitation)
            case .use(let name, let flow, let breaking):
                guard let connection = world.connection(name, flow) else { continue }
                flowEnds.append(
                    ScriptedFlowEnd(connection, at: .there, breaking, agenda))
            case .start(let order, let words): start(order, words)
            case .grant(let byteCount): credit += byteCount
            case .peerBroke(let flow): end(of: flow)?.peerBroke()
            case .peerIsWhole(let flow, let byteCount): end(of: flow)?.peerIsWhole(byteCount)
            case .part(let isOrderly): part(isOrderly: isOrderly)
            case .hurry: break
            }
        }
    }

    private func send(_ message: ControlMessage) {
        world.trace(
            "there says \(ScriptedSession.shown(message.line))")
        guard isOrderly == nil else { return }
        if world.fault == .countsAreDoubled, case .counts(let flow, let facts) = message {
            return tellTwice(flow, facts)
        }
        world.fromThere.send(message)
    }

    /// Of one flow twice, and of another never.
    private func tellTwice(_ flow: Flow, _ facts: FlowFacts) {
        guard !hasLied else { return }
        hasLied = true
        for _ in 0..<2 { world.fromThere.send(.counts(flow, facts)) }
    }

    private func end(of flow: Flow) -> ScriptedFlowEnd? {
        flowEnds.first { $0.flow.flow == flow }
    }

    private func meet(_ invitation: Invitation) {
        let endpoints = world.canListen(.there) ? [world.endpoint(.there)] : []
        send(.listening(endpoints, refusal: endpoints.isEmpty ? .addressInUse : nil))
        for endpoint in invitation.endpoints {
            for flow in invitation.flows { world.call(endpoint, flow, from: .there) }
        }
    }

    private func start(_ order: RunOrder, _ words: [[UInt8]]) {
        startCount += 1
        world.demand(words == world.plan.remote.map(\.bytes), "other words than were given")
        world.demand(flowEnds.count == world.plan.flows.count, "a start without every flow")
        credit = min(32, order.credit)
        if world.remoteIsMissing { return perform(rules.cannotStart(.execution(.notFound))) }
        let command = ScriptedCommand(
            .remote, world.scripts[.remote] ?? .init(), input: end(of: .out)?.flow,
            output: end(of: .back)?.flow, agenda)
        command.isIntact = { [unowned self] in flowEnds.allSatisfy(\.isIntact) }
        command.onEnd = { [unowned self] in for end in flowEnds { end.hurry() } }
        self.command = command
        send(.started(pid: 1))
    }

    /// The output of a command without a flow for it comes through the control channel.
    private func sendHome() {
        guard rules.isRunning, world.plan.consumer == nil, let command, !hasToldHome else { return }
        let count = min(credit, command.home - home, 16)
        if count > 0 {
            credit -= count
            home += count
            world.fromThere.send(
                .output(byteCount: count), output: [UInt8](repeating: 7, count: count))
        } else if command.status != nil, home == command.home {
            hasToldHome = true
            world.fromThere.send(.output(byteCount: 0))
        }
    }

    private func part(isOrderly: Bool) {
        self.isOrderly = isOrderly
        world.trace("there parts, \(isOrderly ? "in order" : "breaking")")
        guard !isOrderly else { return }
        for end in flowEnds { end.breakStream() }
        agenda.soon(within: 200) { self.command?.kill(15) }
    }
}
