import LinuxSystem
import Plumbing

/// The commands of a simulated end, and what they write home.
extension SimulatedWorld {
    func start(
        _ order: StartOrder, _ lanes: [Lane<ScriptedParts>]
    ) throws(StartFailure) -> [Command] {
        startCount += 1
        for (flow, rate) in order.rates { lastRates[flow] = rate }
        let plan = session.plan
        session.demand(startCount == 1, "\(end) starts twice")
        session.demand(lanes.count == plan.flows.count, "a start without every flow")
        if end == .here {
            session.demand(
                session.there.world.startCount == 1, "a start before the remote command's")
        } else if let job = order.jobs.first {
            session.demand(job.words == plan.remote, "other words than were given")
            if session.fault == .remoteIsMissing { throw .command(.remote, job.words, .notFound) }
        }
        if plan.relay.isSealed {
            let isSealed = lanes.allSatisfy { order.relay($0.end.flow)?.isSealed == true }
            session.demand(isSealed, "a flow in clear")
        }
        credit = min(32, order.homeCredit ?? 0)
        let files = lanes.map { lane in
            let flow = lane.end.flow
            let isStandard = order.standard.contains { $0.flow == flow }
            let relay = order.relay(flow)
            let keeps = relay?.keeps == true
            session.demand(keeps == plan.relay.keeps, "a flow that does not keep")
            return lane.end.begin(
                isRelayed: relay != nil, servesCommand: !isStandard, keeps: keeps,
                isSealed: keeps && plan.relay.isSealed)
        }
        func file(_ flow: Flow?) -> (any ScriptedInput & ScriptedOutput)? {
            lanes.firstIndex { $0.end.flow == flow }.map { files[$0] }
        }
        for job in order.jobs {
            let command = command(job.role, file(job.reads), file(job.writes))
            scripted.append(command)
            commands.append(command.command)
            for lane in lanes where job.uses(lane.end.flow) { lane.end.user.command = command }
        }
        for (flow, _) in order.standard {
            let neighbour = command(
                flow == .out ? .producer : .consumer, flow == .back ? file(flow) : nil,
                flow == .out ? file(flow) : nil)
            neighbours.append(neighbour)
            for lane in lanes where lane.end.flow == flow { lane.end.user.command = neighbour }
        }
        return commands.filter { $0.role != .login }
    }

    func pace(_ end: ScriptedFlowEnd, bytesPerSecond rate: Int64?) {
        session.demand(end.flow.sender == self.end, "a rate for who does not send")
        session.demand(startCount == 1, "a rate before the start")
        lastRates[end.flow] = rate
    }

    private func command(
        _ role: Role, _ input: (any ScriptedInput)?, _ output: (any ScriptedOutput)?
    ) -> ScriptedCommand {
        ScriptedCommand(
            role, CommandID(commands.count), session.scripts[role] ?? .init(), input: input,
            output: output, agenda)
    }

    /// Who reads the flow at this end.
    func reader(of flow: Flow) -> ScriptedCommand? {
        (scripted + neighbours).first { $0.command.reads(flow) }
    }

    func advanceCommands(
        _ readiness: Readiness, isIntact: (CommandID) -> Bool
    ) -> [SessionEvent] {
        var events = news
        news = []
        for command in scripted where command.status != nil {
            guard let index = commands.firstIndex(where: { $0.id == command.command.id }),
                commands[index].status == nil
            else { continue }
            commands[index].status = command.status
            commands[index].ended = now
            commands[index].wasIntact = isIntact(commands[index].id)
            events.append(.ended(commands[index]))
        }
        return events
    }

    func endCommands(isUrgent: Bool) {
        isEnding = true
        agenda.soon(within: isUrgent ? 10 : 200) {
            for command in self.scripted { command.kill(isUrgent ? 9 : 15) }
        }
    }

    func releaseCommands() {}

    func hasEndedCommands() -> Bool {
        !isEnding || scripted.allSatisfy { $0.status != nil }
    }

    // MARK: What happens to the end

    func take(signal: CInt) { if !isOver { news.append(.signalled(signal)) } }

    /// By a signal that nobody can catch: what it had open closes by and by, its commands die.
    func kill(_ lanes: [Lane<ScriptedParts>]) {
        guard !isOver else { return }
        (isOver, wasKilled) = (true, true)
        session.trace("\(end) is killed")
        outgoing.close()
        for bridge in bridges { bridge.reset() }
        agenda.soon(within: 20) { for command in self.scripted { command.kill(9) } }
        agenda.after(.milliseconds(100)) {
            for lane in lanes where !lane.end.isOver { lane.end.channel.die() }
        }
    }

    func leave() {
        isOver = true
        for bridge in bridges { bridge.reset() }
        session.trace("\(end) is gone")
        outgoing.close()
    }

    // MARK: Output on its way home

    func takeHome(_ bytes: [UInt8]) throws(ControlError) {
        guard !homeHasEnded else { throw .unexpected(verb: "output") }
        home += bytes.count
        agenda.soon(within: agenda.random.chance(4) ? 500 : 20) {
            self.homeWritten += bytes.count
            self.news.append(.tookHome(byteCount: bytes.count))
        }
    }

    func endHome() { homeHasEnded = true }
    func grant(_ byteCount: Int) throws(ControlError) { credit += byteCount }

    func advanceHome(_ readiness: Readiness) -> [SessionEvent] {
        guard end == .there, !homeHasEnded, let command = scripted.first else { return [] }
        let count = min(credit, command.home - home, 16)
        if count > 0 {
            credit -= count
            home += count
            return [.wrote([UInt8](repeating: 7, count: count))]
        }
        guard command.status != nil, !command.isHolding, home == command.home else { return [] }
        homeHasEnded = true
        return [.wrote([])]
    }

    func settleHome() throws(HomeFailure) {}
    var homeIsOver: Bool { homeHasEnded && (end == .there || homeWritten == home) }
    var homeByteCount: Int64 { Int64(home) }

    func outputHolder() -> HolderWatch.Late? {
        guard !hasToldHolder, !homeHasEnded else { return nil }
        hasToldHolder = true
        return .holder(7)
    }
}
