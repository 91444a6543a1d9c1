import LinuxSystem

@testable import Plumbing

/// What is lost on the way of a session that goes on.
extension ScriptedSession {
    /// Lets each happen at its time, or the one that a test wants, while the bytes move.
    func arrangeLosses(_ wanted: Loss?) {
        if let wanted {
            whenRunning {
                self.agenda.soon(within: 150) {
                    switch wanted {
                    case .connection(let kind):
                        self.lose(kind)
                        // A box alone takes nothing away.
                        if kind == .turningBox || kind == .hidingBox { self.lose(.reset) }
                    case .login(let kind): self.loseLogin(kind)
                    }
                }
            }
            return
        }
        for loss in losses.script {
            agenda.after(.milliseconds(loss.after)) { self.lose(loss.kind) }
        }
        for loss in loginLosses.script {
            agenda.after(.milliseconds(loss.after)) { self.loseLogin(loss.kind) }
        }
    }

    private func whenRunning(_ action: @escaping () -> Void) {
        agenda.after(.milliseconds(20)) {
            if self.here.core.phase == .running { action() } else { self.whenRunning(action) }
        }
    }

    func lose(_ kind: Losses.Kind) {
        trace("\(kind)")
        // This host's own connections are never lost.
        let flows = connections.map { $0.flow }
        losses.strike(
            kind, flowsInUse.filter { flow in flows.contains { $0 === flow } }, agenda.now)
    }

    func takesAway(_ connection: ScriptedFlow, from end: End) -> Bool {
        let isGone = losses.takesAway(connection, from: end)
        if isGone { trace("\(end) has no longer the connection of \(connection.flow)") }
        return isGone
    }

    /// What must hold at any time of the search for another connection.
    func watchLosses() {
        guard let limit = losses.limit, here.core.phase == .running, !here.world.isOver else {
            return
        }
        let reconnecting = here.core.reconnecting
        for loss in reconnecting.losses {
            demand(
                agenda.now < loss.began + limit + .seconds(1),
                "'\(loss.flow)' is lost for longer than was asked for")
        }
        demand(
            !here.world.isMeeting || reconnecting.search != nil, "here meets though nobody asked")
        if let loss = here.core.loginLoss {
            demand(
                agenda.now < loss.began + limit + .seconds(1),
                "the login is lost for longer than was asked for")
        }
    }

    /// Whether whatever happened to connections must not show in the outcome.
    var isSurvivable: Bool {
        guard losses.areSurvivable, loginLosses.areSurvivable, !isForged else { return false }
        // What takes a flow's connection away while the login is away for long may end the flow.
        let isLong = loginLosses.takeLong && loginLosses.count > 0
        return switch fault {
        case .none, .resetIsHidden: !isLong || losses.script.isEmpty
        case .flowIsCut, .pathDies, .flowIsReset: !isLong
        case .resetBecomesEnd: victim == nil && !isLong
        default: false
        }
    }

    /// Every byte comes once and in its place, and nothing is kept for ever.
    func judgeLosses() {
        demand(
            !connections.contains { $0.flow.isDisordered },
            "bytes come twice, or not in their place")
        judgeRest(here)
        judgeRest(there)
    }

    private func judgeRest<Core>(_ loop: EndLoop<Core, SimulatedWorld>) {
        let world = loop.world
        guard world.isOver, !world.wasKilled else { return }
        let last = loop.lanes.map { $0.end.channel }
        for channel in world.channels where channel.isOpen {
            demand(last.contains { $0 === channel }, "\(world.end) keeps an old connection")
        }
        demand(!world.isMeeting, "\(world.end) still listens")
    }
}
