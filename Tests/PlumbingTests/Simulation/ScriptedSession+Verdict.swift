import LinuxSystem

@testable import Plumbing

/// What must hold of a session that is over.
extension ScriptedSession {
    private var hasLostLine: Bool { logins.contains { $0.toThere.hasLost || $0.fromThere.hasLost } }

    func judge() {
        demand(!hasMisheard || hasLostLine || there.world.hasLied, "a message out of turn")
        judgeEnds()
        judgeLosses()
        if fault == .pathDies, losses.limit == nil, let struckAt {
            // The stall limit, the login's patience, and a child that lives on.
            demand(agenda.now - struckAt < .seconds(40), "a dead path is waited for")
        }
        guard let outcome = here.core.outcome else {
            return demand(here.world.wasKilled, "no outcome")
        }
        if outcome.isSuccess { judgeSuccess() }
        demand(obstacle == nil || !outcome.isSuccess, "success though the push failed")
        guard fault == .none || isSurvivable, canMeet else { return }
        if losses.limit != nil, !isSurvivable { return }
        if isForged {
            return demand(!outcome.isSuccess || !isFlawless, "success though it was forged")
        }
        if plan.allowsEarlyExit, roles.contains(where: leavesEarly) { return }
        demand(outcome.isSuccess == isFlawless, "\(outcome.name) where nothing went wrong")
    }

    /// An end that parts in disorder breaks each flow that goes on.
    private func judgeFlows<Core>(_ loop: EndLoop<Core, SimulatedWorld>) {
        guard loop.world.isEnding else { return }
        demand(loop.lanes.allSatisfy { $0.end.isOver }, "a flow that goes on is left")
    }

    /// No reader behind a relay takes for whole what is not.
    private func judgeEnds() {
        judgeFlows(here)
        judgeFlows(there)
        let readers = here.world.scripted + there.world.scripted
        for reader in readers where reader.isAtEnd {
            guard let relay = reader.input as? ScriptedRelay else { continue }
            let isWhole = origin(of: relay.connection.flow).map {
                $0.hasFin && reader.read == $0.base + $0.written
            }
            demand(isWhole == true, "\(reader.role) behind a relay saw an end of what is not whole")
            let writer = relay.connection.flow == .out ? producer : there.world.scripted.first
            let wasKilled = writer?.status.map { $0.meansKilled } ?? false
            demand(!wasKilled, "\(reader.role) saw a clean end of what a killed command wrote")
        }
    }

    /// The connection into which the flow's last bytes were written.
    private func origin(of flow: Flow) -> ScriptedFlow? {
        let lanes = flow.sender == .here ? here.lanes : there.lanes
        return lanes.first { $0.end.flow == flow }?.end.channel.connection
    }

    private var producer: ScriptedCommand? { here.world.scripted.first { $0.role == .producer } }

    private var roles: [Role] {
        [.remote] + (plan.producer == nil ? [] : [.producer])
            + (plan.consumer == nil ? [] : [.consumer])
    }

    private var canMeet: Bool {
        plan.way != .direct
            || [End.here, .there].contains { canListen($0) && !unreachable.contains($0) }
    }

    var isForged: Bool {
        connections.contains { $0.flow.forgery != nil }
            || [here.world, there.world].contains { world in
                world.bridges.contains { $0.connection.forgery != nil }
            }
    }

    /// Whether the commands do what makes a success.
    private var isFlawless: Bool {
        if obstacle != nil { return false }
        if plan.isDryRun { return true }
        return roles.allSatisfy { scripts[$0]?.status == .exited(0) && !leavesEarly($0) }
    }

    private func leavesEarly(_ role: Role) -> Bool {
        guard let appetite = scripts[role]?.appetite else { return false }
        switch role {
        case .consumer: return appetite < scripts[.remote]?.size ?? 0
        case .remote: return plan.producer != nil && appetite < scripts[.producer]?.size ?? 0
        default: return false
        }
    }

    private func judgeSuccess() {
        if plan.isDryRun { return demand(here.world.scripted.isEmpty, "a dry run that ran") }
        for command in here.world.scripted {
            demand(
                command.status == .exited(0) || plan.allowsEarlyExit,
                "success though \(command.role) failed")
        }
        for flow in plan.flows where !plan.allowsEarlyExit {
            let size = scripts[flow == .out ? .producer : .remote]?.size ?? 0
            let reader = world(flow == .out ? .there : .here).reader(of: flow)
            // What is in the pipe before our own standard output's reader is delivered.
            let waits = plan.consumer == .standard && flow == .back ? reader?.input?.unread ?? 0 : 0
            demand(
                reader.map { $0.read + waits } == size,
                "success though bytes of '\(flow)' are missing")
            demand(
                reader?.isAtEnd != false || reader?.input?.isBroken != true,
                "success though the reader of '\(flow)' saw an error")
        }
        for flow in plan.flows {
            let count = here.core.factsThere.count { $0.flow == flow }
            demand(count == 1, "success though '\(flow)' was counted \(count) times there")
        }
        guard plan.consumer == nil else { return }
        demand(
            here.world.homeAtParting == scripts[.remote]?.size, "success though output is missing")
    }
}

extension ScriptedSession.Fault {
    /// Whether no session can end well with it.
    var isFatal: Bool {
        switch self {
        case .remoteIsMissing, .countsAreDoubled, .loginIsMissing, .nothingIsCounted: true
        default: false
        }
    }

    /// Whether it changes a session alone that breaks by something else.
    var isHarmless: Bool { self == .none || self == .resetIsHidden }
}
