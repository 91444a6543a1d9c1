import LinuxSystem
import Relaying
import Sealing

/// What the end that the user started does, and when.
package struct HereCore: SessionCore, Sendable {
    package enum Phase: Equatable, Sendable {
        /// The login command runs; our peer has not spoken yet.
        case loggingIn
        /// Both ends listen and call, until each flow has its connection.
        case meeting
        /// The remote command is being started, then ours.
        case starting
        /// The bytes move, until both ends know how each flow and each command ended.
        case running
        /// The outcome is settled, and all that we started must end.
        case parting
    }

    let plan: Plan
    var surroundings: Surroundings
    let started: Instant
    package internal(set) var phase = Phase.loggingIn
    var liveness: Liveness
    var login = LoginWatch()

    // While meeting.
    package internal(set) var hello: Hello?
    var protocolVersion = Version.protocols.lowerBound
    /// What seals the flows; `nil` lets them go in clear.
    package internal(set) var cipher: Cipher?
    package internal(set) var helloAt: Instant?
    var reach = Reachability()
    var admitted: [(name: ConnectionName, flow: Flow)] = []
    var used: [Flow] = []
    var connections: [Connection] = []
    var bridged = BridgedFlows(at: .here)
    package internal(set) var metAt: Instant?
    /// What a dry run found missing there.
    var lackThere: Failure?

    /// The most that each flow may carry, and what the senders were told of it.
    package internal(set) var rates: Rates
    var toldRates = Rates()
    /// The same over time, since the ends met.
    package internal(set) var pacedTimes: [PacedTime] = []

    // While running.
    package internal(set) var remote: Command?
    package internal(set) var factsThere: [(flow: Flow, facts: FlowFacts)] = []
    /// How a reader there is fed, as was told last.
    var feedingThere: (flow: Flow, facts: FeedFacts)?
    var probe: LoginProbe?
    var reconnecting = Reconnecting()
    /// What the session went on after.
    package internal(set) var reconnects: [ReconnectFacts] = []
    /// What lets the session survive a loss.
    let keep: KeepOrder?
    /// The loss of the login, while there is no other.
    var loginLoss: LoginLoss?
    var loginLiveness: Liveness
    /// What the other end's host says of itself by the login that is under way.
    var newHello: Hello?
    /// How often we asked the other end to go on by another login.
    var rejoinCount: Int64 = 0

    var parting: Parting?

    package init(_ plan: Plan, _ surroundings: Surroundings, now: Instant) {
        self.plan = plan
        rates = plan.rates
        self.surroundings = surroundings
        started = now
        liveness = Liveness(limit: plan.stallLimit, now: now)
        loginLiveness = HereCore.watchOfLogin(plan, now)
        keep = plan.reconnectLimit.map { KeepOrder(seconds: $0.seconds, session: .random()) }
    }

    package var outcome: Outcome? { parting?.outcome }
    /// Whether the two ends tell each other when a stream is whole.
    var hearsOfEnds: Bool { protocolVersion >= Version.firstTellingEnds }

    package func begin() -> [SessionStep] {
        let start = SessionStep.startLogin(
            plan.loginWords, keepsTerminal: plan.keepsTerminalFromLogin)
        return [start] + (surroundings.push.map { [.sendRaw($0.script)] } ?? [])
    }

    package mutating func take(_ event: SessionEvent, _ now: Instant) -> [SessionStep] {
        switch event {
        case .line(let line): return hear(line, now)
        case .noise(let bytes):
            liveness.heard()
            return hearNoise(bytes, now)
        case .output(let bytes):
            liveness.heard()
            return [.takeHome(bytes)]
        case .data(let flow, let chunk):
            if chunk.showsLife { liveness.heard() }
            return phase == .parting ? [] : bridged.heard(chunk, of: flow)
        case .misheard(let error): return misheard(error, now)
        case .channelEnded(let status, let words):
            return channelEnded(login: status, saying: words, now)

        case .listening(let listening):
            return phase == .running ? meetAgain(listening, now) : invite(listening, now)
        case .admitted(let name, let flow, let caller): return admit(name, flow, from: caller, now)
        case .unreachable(let endpoint, let flow, let error):
            note((.here, endpoint, flow, error))
        case .joined(let connection): return joined(connection, now)
        case .resumed(let connection, let resent): return resumed(connection, resent, now)
        case .notResumed: return searchFailed(now)
        case .notJoined(_, .isGone): break
        case .notJoined(_, .countsNothing):
            return conclude(Outcome("failed", SessionError.countsNothing(.here)), now)

        case .cannotBridge(_, let error):
            return conclude(Outcome("failed", SessionError.noLoopback(.here, error)), now)
        case .bridged(let flow, let frame):
            return phase == .parting ? [] : bridged.send(frame, of: flow)

        case .cannotStartLogin where loginLoss != nil: return reloginFailed(now)
        case .cannotStartLogin(let error):
            return conclude(
                Outcome("not started", SessionError.cannotStart(.login, plan.login, error)), now)
        case .cannotPush(let program, let error):
            return conclude(
                Outcome("not started", SessionError.cannotPush(program.path, error)), now)
        case .cannotStart(let failure):
            return conclude(Outcome("failed", SessionError(failure)), now)
        case .ended(let command):
            return command.role == .login ? [.buryLogin] : used.map { .look($0) }
        case .loginStopped(let signal): return loginStopped(by: signal)
        case .signalled(let signal): return interrupted(by: signal, now)
        // By this signal rsync ends its remote shell.
        case .asked where plan.endsWithRemote: return interrupted(by: Signal.inquiry, now)
        case .asked: return [.tellProgress(progress(.asked))]
        case .resized: return isDrawing ? [.tellProgress(progress(.resized))] : []

        case .flow(let flow, let event): return take(event, of: flow, now)
        case .ratesRead(let reading): return take(reading, now)
        case .tookHome(let byteCount): return [.send(.credit(byteCount: byteCount))]
        case .homeFailed(let failure): return homeFailed(failure, now)
        case .exhausted(let error):
            return conclude(Outcome("failed", SessionError.system(error)), now)
        case .cannotWait(let error):
            let sentence = "cannot wait: \(error.sentence)"
            return conclude(Outcome(OwnStatus.ourError, "failed", sentence), now)
        case .parted(let parted): return noteParted(parted)
        case .started, .wrote, .outputIsHeld, .rejoined, .cannotOutlive, .handedOver: break
        }
        return []
    }

    package mutating func advance(_ view: some SessionView, _ now: Instant) -> [SessionStep] {
        // While the other end waits for us to take its words, it cannot say that it lives.
        if !view.standardError.hasRoom { heardLogin() }
        var steps = now >= liveness.nextLook ? lookForLife(view, now) : []
        if phase == .running, let flow = view.deadFlow(for: flowLimit) {
            let error = unanswered(flow, at: .here, view.pathHint)
            steps += conclude(Outcome("stalled", error), now)
        }
        switch phase {
        case .loggingIn:
            notePush(view, now)
            steps += lookAfterLogin(now)
        case .meeting, .starting: steps += lookAfterMeeting(now, isCalling: view.isCalling)
        case .running:
            if let due = view.progressIsDueAt, now >= due {
                steps.append(.tellProgress(progress(.due)))
            }
            steps += relogin(now) + lookForLogin(now)
            steps += search(view, now)
            steps += decide(view, now)
        case .parting: steps += lookAfterParting(view, now)
        }
        return steps
    }

    package func deadline(_ view: some SessionView, _ now: Instant) -> Instant {
        let progress = phase == .running ? view.progressIsDueAt : nil
        return [
            rendezvousEnds, callIsDueAt, bridgingIsDueAt, unreachableIsDueAt, loginIsDueAt,
            loginMustEndAt(view), progress, probeIsDueAt(view), searchIsDueAt,
            reloginIsDueAt, loginWatchIsDueAt,
        ].compactMap { $0 }.reduce(liveness.nextLook, min)
    }

    /// Whether a line on the terminal tells how far we are.
    private var isDrawing: Bool {
        phase == .running && plan.showsProgress && surroundings.speaksToTerminal
    }

    func progress(_ occasion: ProgressState.Occasion) -> ProgressState {
        var state = ProgressState(
            metAt: metAt, feedingThere: feedingThere, rates: rates, occasion: occasion)
        state.losses = losses
        return state
    }

    private mutating func lookForLife(_ view: some SessionView, _ now: Instant) -> [SessionStep] {
        let isAsking = liveness.look(now)
        // Nobody can be silent before having spoken: that wait has limits of its own.
        guard hello != nil else {
            liveness.heard()
            return []
        }
        let steps: [SessionStep] = isAsking ? [.sendHeartbeat] : []
        // What is silent then is the login, which has a limit of its own.
        if mayRelogin { liveness.heard() }
        if view.showsLife(within: liveness.lookInterval) { liveness.heard() }
        guard liveness.isSilentTooLong else { return steps }
        let silence = Outcome(
            OwnStatus.lost, "stalled",
            "the other end was silent for \(plan.stallLimit.seconds) s",
            hint: view.pathHint ?? "is the network up? --stall sets how long to wait")
        return steps + conclude(silence, now)
    }

    /// How long a flow may wait for an answer, or for the other end's word, which a login brings.
    private var flowLimit: Instant.Span { plan.stallLimit + (plan.reconnectLimit ?? .seconds(0)) }

    func unanswered(_ flow: Flow, at end: End, _ pathHint: String?) -> SessionError {
        .unanswered(flow, at: end, seconds: flowLimit.seconds, pathHint: pathHint)
    }
}

/// What is around the end that the user started.
package struct Surroundings: Sendable {
    /// Whether somebody can answer a question of the login command.
    package var hasTerminal: Bool
    /// Whether somebody sits before our standard error.
    package var speaksToTerminal = false
    /// What our standard output is.
    package var outputIsTape = false
    package var outputIsFileOrPipe = false
    package var own: Candidates.Knowledge
    /// What the other end is to call us by, where the user says.
    package var hosts: [Address]?
    /// By what we reach the other end, where the user says.
    package var forwarded: Forwarding?
    /// The network that the user wants the data to take.
    package var network: Network?
    /// What seals fast here, best first.
    package var ciphers = Cipher.available
    /// What brings the other end's program along.
    package var push: Push?

    package init(hasTerminal: Bool, own: Candidates.Knowledge) {
        self.hasTerminal = hasTerminal
        self.own = own
    }
}
