import LinuxSystem
import Plumbing

/// The end that the user started, in a simulated session.
final class ScriptedHere {
    private unowned let world: ScriptedSession
    private var agenda: Agenda { world.agenda }
    private(set) var rules: HereRules
    private var flowEnds: [ScriptedFlowEnd] = []
    private(set) var commands: [ScriptedCommand] = []
    private(set) var home = 0
    private var homeIsOver: Bool
    private var homeWritten = 0
    /// How much of the output that came home was written when the outcome was settled.
    private(set) var homeAtOutcome = 0
    private(set) var outcome: Outcome?
    private(set) var wasKilled = false
    private(set) var isGone = false
    private var partedAt: Instant?
    private var toldBroken: [Flow] = []

    init(_ world: ScriptedSession) {
        self.world = world
        rules = HereRules(world.plan, hasTerminal: false, now: world.agenda.now)
        homeIsOver = world.plan.consumer != nil
    }

    var isOver: Bool { isGone || wasKilled }
    var deadline: Instant? {
        if isOver { return nil }
        let looks = rules.phase == .running ? flowEnds.compactMap(\.deadline) : []
        return ([rules.deadline] + looks).min()
    }

    // MARK: What happens to it

    func admit(_ name: ConnectionName, _ flow: Flow, from caller: End) {
        if !isOver { perform(rules.admit(name, flow, from: caller, agenda.now)) }
    }

    func cannotReach(_ endpoint: Endpoint, _ flow: Flow) {
        if !isOver { rules.failed(endpoint, flow, .connectionRefused) }
    }

    func signal() {
        if !isOver { perform(rules.conclude(Outcome(signal: Signal.terminate))) }
    }

    func kill() {
        guard !isOver else { return }
        wasKilled = true
        world.trace("here is killed")
        world.toThere.close()
        agenda.soon(within: 20) { for command in self.commands { command.kill(9) } }
        agenda.after(.milliseconds(100)) {
            for end in self.flowEnds where end.facts == nil { end.flow.reset(from: .here) }
        }
    }

    // MARK: Its loop

    func turn() throws {
        guard !isOver else { return }
        for end in flowEnds where rules.phase == .running {
            try end.look(
                commands.first { $0.role == (end.flow.flow == .out ? .producer : .consumer) })
            if let whole = end.takeWhole() { send(whole) }
            tellIfBroken(end)
        }
        hear()
        perform(
            rules.advance(
                agenda.now, isCalling: world.isCalling,
                seesLife: { _ in flowEnds.contains(where: \.showsLife) },
                deadFlow: { span in flowEnds.first { $0.isUnanswered(for: span) }?.flow.flow },
                pathHint: { nil }))
        perform(
            rules.decide(
                commands.map(\.command), flowEnds.map { ($0.flow.flow, $0.facts) },
                isSilent: homeIsOver && homeWritten == home))
        leave()
    }

    private func tellIfBroken(_ end: ScriptedFlowEnd) {
        guard end.facts?.wasBroken == true, !toldBroken.contains(end.flow.flow) else { return }
        toldBroken.append(end.flow.flow)
        send(.broken(end.flow.flow))
    }

    private func leave() {
        guard let partedAt, commands.allSatisfy({ $0.status != nil }) else { return }
        if !world.loginHasEnded, agenda.now < partedAt + .seconds(9) { return }
        isGone = true
        world.trace("here is gone")
        world.endLogin()
    }

    private func hear() {
        do {
            while let piece = try world.fromThere.next() {
                rules.heard()
                switch piece {
                case .noise(let bytes): perform(rules.hearNoise(bytes))
                case .output(let bytes): takeHome(bytes.count)
                case .line(let line):
                    world.trace(
                        "here hears \(ScriptedSession.shown(line))")
                    perform(try rules.receive(try ControlMessage(line), agenda.now))
                }
            }
        } catch {
            if outcome == nil { world.misheard(error) }
            perform(rules.misheard(error))
        }
        guard world.fromThere.hasEnded else { return }
        let status: ExitStatus? = world.loginHasEnded ? .exited(255) : nil
        perform(rules.channelEnded(login: status, agenda.now))
    }

    private func takeHome(_ count: Int) {
        home += count
        agenda.soon(within: agenda.random.chance(4) ? 500 : 20) {
            self.homeWritten += count
            if !self.isOver, self.outcome == nil {
                self.world.toThere.send(.credit(byteCount: count))
            }
        }
    }

    private func perform(_ steps: [HereRules.Step]) {
        for step in steps {
            switch step {
            case .send(let message): send(message)
            case .sendHeartbeat: world.toThere.sendHeartbeat()
            case .note, .detail, .pass, .passRest, .endMeeting, .showPlan: break
            case .invite(_, let version): invite(version)
            case .call(let endpoints):
                for endpoint in endpoints {
                    for flow in world.plan.flows { world.call(endpoint, flow, from: .here) }
                }
            case .use(let name, let flow): use(name, flow)
            case .start: start()
            case .look(let flow): end(of: flow)?.hurry()
            case .peerBroke(let flow): end(of: flow)?.peerBroke()
            case .peerIsWhole(let flow, let byteCount): end(of: flow)?.peerIsWhole(byteCount)
            case .endOutput: homeIsOver = true
            case .part(let outcome, let isOrderly): part(outcome, isOrderly: isOrderly)
            }
        }
    }

    private func send(_ message: ControlMessage) {
        world.trace("here says \(ScriptedSession.shown(message.line))")
        if outcome == nil { world.toThere.send(message) }
    }

    private func end(of flow: Flow) -> ScriptedFlowEnd? {
        flowEnds.first { $0.flow.flow == flow }
    }

    private func invite(_ version: Int64) {
        let offered = world.canListen(.here) ? [world.endpoint(.here)] : []
        let invitation = Invitation(
            protocolVersion: version, secret: world.secret, endpoints: offered,
            listenOn: [.loopbackIPv4], plan: world.plan)
        perform(rules.invited(by: invitation, refusal: offered.isEmpty ? .addressInUse : nil))
    }

    private func use(_ name: ConnectionName, _ flow: Flow) {
        guard let connection = world.connection(name, flow) else {
            return world.demand(false, "a connection that never was")
        }
        flowEnds.append(
            ScriptedFlowEnd(
                connection, at: .here, world.plan.isStrict ? .anyFailure : .killed, agenda))
        send(.use(flow, name))
    }

    private func start() {
        world.demand(commands.isEmpty && flowEnds.count == world.plan.flows.count, "a wrong start")
        world.demand(world.there.startCount == 1, "a start before the remote command's")
        for (role, flow) in [(Role.consumer, Flow.back), (.producer, .out)] {
            guard let end = end(of: flow) else { continue }
            let command = ScriptedCommand(
                role, world.scripts[role] ?? .init(), input: flow == .back ? end.flow : nil,
                output: flow == .out ? end.flow : nil, agenda)
            command.isIntact = { end.isIntact }
            command.onEnd = { end.hurry() }
            commands.append(command)
        }
    }

    private func part(_ outcome: Outcome, isOrderly: Bool) {
        world.trace("here parts: \(outcome.name), \(outcome.sentence)")
        world.demand(self.outcome == nil, "two outcomes")
        self.outcome = outcome
        homeAtOutcome = homeWritten
        partedAt = agenda.now
        world.toThere.close()
        guard !isOrderly else { return }
        for end in flowEnds { end.breakStream() }
        agenda.soon(within: 200) { for command in self.commands { command.kill(15) } }
    }
}
