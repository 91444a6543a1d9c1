import LinuxSystem
import Relaying

/// What the end that the user started does, and when.
///
/// A pure state machine over what was heard and seen: the same events give the same steps.
package struct HereRules: Sendable {
    package enum Phase: Equatable, Sendable {
        /// The login command runs; our peer has not spoken yet.
        case loggingIn
        case meeting
        /// The remote command is being started, then ours.
        case starting
        case running
        case parting
    }

    package enum Step: Sendable {
        case send(ControlMessage)
        /// Tell how many lines were sent, so that a lost one is missed.
        case sendHeartbeat
        case note(String)
        case detail(String)
        /// What the login wrote before our peer spoke is for the user.
        case pass([UInt8])
        /// The unfinished line at the end of the channel is for the user, too.
        case passRest
        /// Listen, and say where, and what there is to do.
        case invite(Hello, protocolVersion: Int64)
        case call([Endpoint])
        /// Give the flow this connection, and say so.
        case use(ConnectionName, Flow)
        /// Nobody needs the secret any more.
        case endMeeting
        /// Start our commands.
        case start
        case showPlan
        /// Something happened that may decide the flow.
        case look(Flow)
        /// The flow was broken by the other end, which the network may hide.
        case peerBroke(Flow)
        /// Nobody there writes into the flow any more.
        case peerIsWhole(Flow, byteCount: Int64?)
        case endOutput
        /// Say nothing more, and let go of what there is or break and end it.
        case part(Outcome, isOrderly: Bool)
    }

    let plan: Plan
    let started: Instant
    let hasTerminal: Bool
    package internal(set) var phase = Phase.loggingIn
    var liveness: Liveness
    var login = LoginWatch()

    // While meeting.
    package internal(set) var hello: Hello?
    var protocolVersion = Version.protocols.lowerBound
    package internal(set) var helloAt: Instant?
    var reach = Reachability()
    var admitted: [(name: ConnectionName, flow: Flow)] = []
    var used: [Flow] = []
    package internal(set) var metAt: Instant?
    /// What a dry run found missing there.
    var lackThere: Failure?

    // While running.
    package internal(set) var remote: Command?
    package internal(set) var factsThere: [(flow: Flow, facts: FlowFacts)] = []
    /// How a reader there is fed, as was told last.
    package internal(set) var feedingThere: (flow: Flow, facts: FeedFacts)?

    /// - Parameter hasTerminal: Whether somebody can answer a question of the login command.
    package init(_ plan: Plan, hasTerminal: Bool, now: Instant) {
        self.plan = plan
        self.hasTerminal = hasTerminal
        started = now
        liveness = Liveness(limit: plan.stallLimit, now: now)
    }

    /// Whether the two ends tell each other when a stream is whole.
    package var hearsOfEnds: Bool { protocolVersion >= Version.firstTellingEnds }

    /// How often to ask after a silent peer.
    package var heartbeat: Instant.Span { liveness.heartbeat }

    package var isSilentTooLong: Bool { liveness.isSilentTooLong }

    /// When `advance` has something to do even if nothing happens.
    package var deadline: Instant {
        [rendezvousEnds, callIsDueAt, unreachableIsDueAt, loginIsDueAt].compactMap { $0 }
            .reduce(liveness.nextLook, min)
    }

    /// The other end has said anything at all.
    package mutating func heard() { liveness.heard() }

    // MARK: What happens here

    /// Does what is due at this moment.
    ///
    /// - Parameters:
    ///   - isCalling: Whether a call of ours is under way.
    ///   - seesLife: Whether a flow has shown life within such a span.
    ///   - deadFlow: A flow whose path has been dead for such a span, whoever else lives.
    ///   - pathHint: What may be wrong with a path that is silent.
    package mutating func advance(
        _ now: Instant, isCalling: Bool, seesLife: (Instant.Span) -> Bool,
        deadFlow: (Instant.Span) -> Flow?, pathHint: () -> String?
    ) -> [Step] {
        let steps = now >= liveness.nextLook ? lookForLife(now, seesLife, pathHint) : []
        if phase == .running, let flow = deadFlow(plan.stallLimit) {
            return steps + conclude(Outcome("stalled", unanswered(flow, at: .here, pathHint())))
        }
        return switch phase {
        case .loggingIn: steps + lookAfterLogin(now)
        case .meeting, .starting: steps + lookAfterMeeting(now, isCalling: isCalling)
        case .running, .parting: steps
        }
    }

    private mutating func lookForLife(
        _ now: Instant, _ seesLife: (Instant.Span) -> Bool, _ pathHint: () -> String?
    ) -> [Step] {
        let isAsking = liveness.look(now)
        // Nobody can be silent before having spoken: that wait has limits of its own.
        guard hello != nil else {
            liveness.heard()
            return []
        }
        let steps: [Step] = isAsking ? [.sendHeartbeat] : []
        if seesLife(liveness.lookInterval) { liveness.heard() }
        guard liveness.isSilentTooLong else { return steps }
        let silence = Outcome(
            OwnStatus.lost, "stalled",
            "the other end was silent for \(plan.stallLimit.seconds) s",
            hint: pathHint() ?? "is the network up? --stall sets how long to wait")
        return steps + conclude(silence)
    }

    func unanswered(_ flow: Flow, at end: End, _ pathHint: String?) -> SessionError {
        .unanswered(flow, at: end, seconds: plan.stallLimit.seconds, pathHint: pathHint)
    }

    /// Gives the verdict once all is known.
    ///
    /// - Parameters:
    ///   - commands: Our commands.
    ///   - facts: How each flow ended here; `nil` while it goes on.
    ///   - isSilent: Whether all that comes home of the remote command's output was written.
    package mutating func decide(
        _ commands: [Command], _ facts: [(flow: Flow, facts: FlowFacts?)], isSilent: Bool
    ) -> [Step] {
        guard phase == .running, isSilent, let remote, remote.status != nil,
            commands.allSatisfy({ $0.status != nil }), facts.allSatisfy({ $0.facts != nil }),
            factsThere.count == facts.count
        else { return [] }
        let verdict = Verdict.decide(
            commands + [remote], verdicts(facts), allowsEarlyExit: plan.allowsEarlyExit)
        return conclude(plan.endsWithRemote ? toldAsSSH(verdict, remote) : verdict, isOrderly: true)
    }

    /// ssh ends with its own status of failure where a signal ended the command there.
    private func toldAsSSH(_ verdict: Outcome, _ remote: Command) -> Outcome {
        guard case .killed = remote.status, verdict.ending.status == remote.status?.shellStatus
        else { return verdict }
        return Outcome(OwnStatus.loginFailed, verdict.name, verdict.sentence, hint: verdict.hint)
    }

    private func verdicts(_ facts: [(flow: Flow, facts: FlowFacts?)]) -> [FlowVerdict] {
        facts.compactMap { flow, here in
            guard let here, let there = factsThere.first(where: { $0.flow == flow })?.facts else {
                return nil
            }
            let isSender = flow.sender == .here
            return FlowVerdict(
                flow, sender: isSender ? here : there, receiver: isSender ? there : here)
        }
    }

    /// Settles the outcome, once, and begins to leave.
    ///
    /// - Parameter isOrderly: Whether everything came to its end, so that nothing must be broken.
    package mutating func conclude(_ outcome: Outcome, isOrderly: Bool = false) -> [Step] {
        guard phase != .parting else { return [] }
        phase = .parting
        return [
            .endMeeting, .send(isOrderly ? .done : .cancel), .part(outcome, isOrderly: isOrderly),
        ]
    }
}
