import LinuxSystem
import Relaying

/// One end of a session: waits, tells its core what happened, and does what the core wants done.
///
/// It knows no phase and decides nothing. Both ends run it, and the simulation does in a world of
/// its own.
package final class EndLoop<Core: SessionCore, Place: World> {
    package private(set) var core: Core
    package let world: Place
    package private(set) var lanes: [Lane<Place.Parts>] = []
    private let end: End
    /// Steps that are still to be done, in the order in which they were decided.
    private var steps: [SessionStep] = []
    private var isPerforming = false

    package init(_ core: Core, in world: Place, at end: End) {
        self.core = core
        self.world = world
        self.end = end
    }

    package var isOver: Bool { core.isOver(self, world.now) && world.hasEndedCommands() }

    package var deadline: Instant { lanes.compactMap { $0.end.deadline }.reduce(dueAt, min) }

    /// When there is something to decide, whatever the flows do.
    private var dueAt: Instant {
        let ofCore = core.deadline(self, world.now)
        return min(world.deadline ?? ofCore, ofCore)
    }

    package func begin() { perform(core.begin()) }

    /// Runs the end until it is over.
    package func run() {
        begin()
        while !isOver { turn(waitForNews()) }
    }

    /// Waits until there may be something to decide. Meanwhile relays move bytes: to go through all
    /// else each time would cost more than that.
    private func waitForNews() -> Readiness {
        let dueAt = dueAt
        while true {
            let next = lanes.compactMap { $0.end.deadline }.reduce(dueAt, min)
            let (readiness, isOfFlows) = wait(until: next)
            let now = world.now
            guard isOfFlows, now < dueAt, lanes.allSatisfy({ $0.end.onlyMoves(readiness, now) })
            else {
                return readiness
            }
            for lane in lanes { lane.end.move(readiness) }
        }
    }

    /// - Returns: What was seen, and whether it was at flows alone.
    private func wait(until moment: Instant) -> (Readiness, isOfFlows: Bool) {
        var readiness = Readiness()
        world.watch(&readiness)
        let others = readiness.count
        for lane in lanes { lane.end.watch(&readiness) }
        do throws(Errno) {
            try readiness.wait(until: moment)
        } catch {
            take(.cannotWait(error))
            // It would fail again at once, and others need the processor to end.
            Instant.rest(.milliseconds(100))
            return (readiness, false)
        }
        return (readiness, !readiness.sawAny(ofFirst: others))
    }

    /// Takes what a wait has seen, and does what follows.
    package func turn(_ readiness: Readiness) {
        world.advanceWords(readiness)
        take(
            world.advanceCommands(readiness) { id in
                lanes.filter { $0.command == id }.allSatisfy { $0.end.isIntact }
            })
        for index in lanes.indices { advance(lanes[index], readiness) }
        take(world.advanceHome(readiness))
        take(world.advanceBridges(readiness))
        take(world.advanceRates(readiness))
        // These open files, and a number that was seen may by then be another file's.
        take(world.advanceMeeting(readiness))
        hear(readiness)
        take(world.advanceRejoining(readiness))
        settle()
        perform(core.advance(self, world.now))
    }

    private func take(_ events: [SessionEvent]) {
        for event in events { take(event) }
    }

    private func take(_ event: SessionEvent) {
        perform(core.take(event, world.now))
    }

    private func hear(_ readiness: Readiness) {
        do throws(ControlError) {
            for piece in try world.hear(readiness) {
                switch piece {
                case .noise(let bytes): take(.noise(bytes))
                case .output(let bytes): take(.output(bytes))
                case .data(let flow, let chunk): take(.data(flow, chunk))
                case .line(let line): take(.line(line))
                }
            }
        } catch {
            take(.misheard(error))
        }
        if world.channelHasEnded {
            take(.channelEnded(login: world.login?.status, saying: world.loginSaid))
        }
    }

    private func advance(_ lane: Lane<Place.Parts>, _ readiness: Readiness) {
        let end = lane.end
        end.move(readiness)
        if lane.needsNoMore { end.endProbing() }
        guard end.needsLook(readiness, world.now) else { return }
        let command = world.commands.first { $0.id == lane.command }
        let strangers = world.commands.filter { $0.id != lane.command }
        end.look(
            command: command?.status, process: command?.running,
            besides: strangers.compactMap { $0.running }, now: world.now)
        tell(end)
    }

    private func tell(_ end: FlowEnd<Place.Parts>) {
        take(end.takeEvents().map { .flow(end.flow, $0) })
    }

    /// What may still be found wrong when all is over.
    private func settle() {
        for lane in lanes {
            guard let failure = lane.end.lostPages else { continue }
            take(.flow(lane.end.flow, .standardFailed(failure)))
        }
        do throws(HomeFailure) { try world.settleHome() } catch { take(.homeFailed(error)) }
    }

    // MARK: Steps

    private func perform(_ more: [SessionStep]) {
        steps += more
        if isPerforming { return }
        isPerforming = true
        while !steps.isEmpty { perform(steps.removeFirst()) }
        isPerforming = false
    }

    private func perform(_ step: SessionStep) {
        switch step {
        case .send(let message): world.send(message)
        case .sendHeartbeat: world.sendHeartbeat()
        case .sendRaw(let bytes): world.send(raw: bytes)
        case .push(let program):
            do throws(Errno) { world.send(raw: try program.read()) } catch {
                take(.cannotPush(program, error))
            }
        case .sendOutput(let bytes): world.send(output: bytes)
        case .sendData(let flow, let chunk): world.send(chunk, of: flow)

        case .say(let words): world.say(words)
        case .passRest: world.say(.passed(world.channelRest))
        case .tellProgress(let state): world.showProgress(lanes, state)

        case .startLogin(let words, let keepsTerminal): startLogin(words, keepsTerminal)
        case .buryLogin: world.buryLogin()
        case .signalLogin(let signal): world.signalLogin(signal)
        case .stopOurselves: world.stopOurselves()

        case .keepLines: world.keepLines()
        case .outliveLogin:
            do throws(Errno) { try world.outliveLogin() } catch { take(.cannotOutlive(error)) }
        case .relogin(let words, let keepsTerminal): relogin(words, keepsTerminal)
        case .rejoin(let attempt): world.rejoin(attempt: attempt)
        case .abandonLogin: world.abandonLogin()
        case .handOver(let rejoining): world.handOver(rejoining)

        case .listen(let order): take(.listening(world.listen(order)))
        case .call(let endpoints, let flows): take(world.call(endpoints, for: flows))
        case .use(let name, let flow, let breaking, let hearsOfEnd):
            join(flow, world.join(name, flow, breaking, hearsOfEnd: hearsOfEnd))
        case .bridge(let flow, let breaking, let hearsOfEnd):
            join(flow, world.bridge(flow, breaking, hearsOfEnd: hearsOfEnd))
        case .resume(let name, let flow, let byteCount): resume(flow, by: name, from: byteCount)
        case .rebridge(let flow, let byteCount): rebridge(flow, from: byteCount)
        case .cutBridge(let flow):
            take((self[flow]?.end.lose() ?? []).map { .flow(flow, $0) })
            world.dropBridge(flow)
        case .carry(let flow, let frame):
            orMisheard { () throws(ControlError) in
                try world.carry(flow, frame).map { take(.bridged(flow, $0)) }
            }
        case .endMeeting: world.endMeeting()

        case .start(let order): start(order)
        case .look(let flow): self[flow]?.end.hurry()
        case .peerBroke(let flow): self[flow]?.end.peerBroke()
        case .cut(let flow, let turn):
            take((self[flow]?.end.peerLost(turn) ?? []).map { .flow(flow, $0) })
        case .miss(let flow):
            take((self[flow]?.end.miss() ?? []).map { .flow(flow, $0) })
        case .peerHas(let flow, let rest, let turn):
            if let end = self[flow]?.end {
                end.peerHas(rest, turn)
                tell(end)
            }
        case .pace(let flow, let rate):
            if let end = self[flow]?.end, !end.isOver { world.pace(end, bytesPerSecond: rate) }
        case .peerIsWhole(let flow, let byteCount): self[flow]?.end.peerIsWhole(byteCount)
        case .endProbing(let flow):
            for index in lanes.indices where lanes[index].end.flow == flow {
                lanes[index].needsNoMore = true
            }
        case .takeHome(let bytes):
            orMisheard { () throws(ControlError) in try world.takeHome(bytes) }
        case .endHome: world.endHome()
        case .grant(let count): orMisheard { () throws(ControlError) in try world.grant(count) }
        case .lookForOutputHolders:
            if let late = world.outputHolder() { take(.outputIsHeld(late)) }

        case .part(let isOrderly): part(isOrderly: isOrderly)
        case .hurry: world.endCommands(isUrgent: true)
        }
    }

    private subscript(_ flow: Flow) -> Lane<Place.Parts>? { lanes.first { $0.end.flow == flow } }

    private func orMisheard(_ work: () throws(ControlError) -> Void) {
        do throws(ControlError) { try work() } catch { take(.misheard(error)) }
    }

    private func startLogin(_ words: [Word], _ keepsTerminal: Bool) {
        do throws(Errno) { try world.startLogin(words, keepsTerminal: keepsTerminal) } catch {
            take(.cannotStartLogin(error))
        }
    }

    private func relogin(_ words: [Word], _ keepsTerminal: Bool) {
        do throws(Errno) { try world.relogin(words, keepsTerminal: keepsTerminal) } catch {
            take(.cannotStartLogin(error))
        }
    }

    private func join(_ flow: Flow, _ joining: Joining<Place.Parts>) {
        switch joining {
        case .joined(let end, let connection):
            lanes.append(Lane(end))
            take(.joined(connection))
        case .lacks(let lack): take(.notJoined(flow, lack))
        case .fails(let error): take(.cannotBridge(flow, error))
        }
    }

    private func resume(_ flow: Flow, by name: ConnectionName, from byteCount: Int64) {
        guard let end = self[flow]?.end,
            let (connection, resent) = world.resume(end, by: name, from: byteCount)
        else { return take(.notResumed(flow)) }
        take(.resumed(connection, resent: resent))
        // Where it failed at once nobody looks any more.
        tell(end)
    }

    private func rebridge(_ flow: Flow, from byteCount: Int64) {
        guard let end = self[flow]?.end else { return }
        do throws(Errno) {
            let resent = try world.rebridge(end, from: byteCount)
            take(.resumed(Connection(bridging: flow), resent: resent))
            tell(end)
        } catch {
            take(.cannotBridge(flow, error))
        }
    }

    private func start(_ order: StartOrder) {
        let started: [Command]
        do throws(StartFailure) { started = try world.start(order, lanes) } catch {
            return take(.cannotStart(error))
        }
        for (job, command) in zip(order.jobs, started) {
            for index in lanes.indices where job.uses(lanes[index].end.flow) {
                lanes[index].command = command.id
            }
        }
        take(.started(pid: started.last?.pid ?? 0))
    }

    private func part(isOrderly: Bool) {
        let isPeerLost = world.channelHasEnded
        world.finishSending()
        for lane in lanes { if isOrderly { lane.end.close() } else { lane.end.breakStream() } }
        if isOrderly { world.releaseCommands() } else { world.endCommands(isUrgent: false) }
        take(
            .parted(
                Parted(
                    isOrderly: isOrderly, isPeerLost: isPeerLost,
                    homeByteCount: world.homeByteCount)))
    }
}

extension EndLoop: SessionView {
    package var commands: [Command] { world.commands }
    package var flows: [(flow: Flow, facts: FlowFacts?)] {
        lanes.map { ($0.end.flow, $0.end.facts) }
    }
    package var feeding: (flow: Flow, facts: FeedFacts)? {
        lanes.lazy.compactMap { lane in
            lane.end.relay?.feeding.map { (lane.end.flow, $0) }
        }.first
    }

    package func showsLife(within span: Instant.Span) -> Bool {
        lanes.contains { $0.end.showsLife(since: span) }
    }
    package func deadFlow(for span: Instant.Span) -> Flow? {
        lanes.first { $0.end.isUnanswered(for: span) }?.end.flow
    }
    package var pathHint: String? { lanes.lazy.compactMap { $0.end.pathHint }.first }

    package var isCalling: Bool { world.isCalling }
    package var knowledge: Candidates.Knowledge? { world.knowledge }
    package var channelHasEnded: Bool { world.channelHasEnded }
    package var backlog: Int { world.backlog }
    package var homeIsOver: Bool { world.homeIsOver }
    package var isLoginRunning: Bool { world.login.map { $0.status == nil } ?? false }
    package var loginSpokeAt: Instant? { world.loginSpokeAt }
    package var standardError: StandardError { world.standardError }
    package var isTerminalStopped: Bool { world.isTerminalStopped }
    package var progressIsDueAt: Instant? { world.progressIsDueAt }
}
