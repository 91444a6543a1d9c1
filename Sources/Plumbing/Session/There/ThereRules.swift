import LinuxSystem

/// What the end that the login command started does, and when.
///
/// A pure state machine over what was heard and seen: the same events give the same steps.
package struct ThereRules: Sendable {
    package enum Phase: Equatable, Sendable {
        case greeting, meeting, running
        case parting(Outcome.Ending)
    }

    package enum Step: Sendable {
        case send(ControlMessage)
        /// Tell how many lines were sent, so that a lost one is missed.
        case sendHeartbeat
        /// Listen, say where, and call.
        case meet(Invitation)
        /// Give the flow this connection.
        case use(ConnectionName, Flow, SendingRules.Breaking)
        /// Nobody needs the secret any more: start the remote command.
        case start(RunOrder, [[UInt8]])
        case grant(byteCount: Int)
        /// The flow was broken by the other end, which the network may hide.
        case peerBroke(Flow)
        /// Nobody here writes into the flow any more.
        case peerIsWhole(Flow, byteCount: Int64?)
        /// Say nothing more, and let go of what there is or break and end it.
        case part(isOrderly: Bool)
        /// End what is being ended at once.
        case hurry
    }

    package internal(set) var phase = Phase.greeting
    var liveness: Liveness
    var flows: [Flow] = []
    var protocolVersion = Version.protocols.lowerBound
    var admitted: [(name: ConnectionName, flow: Flow)] = []
    var used: [Flow] = []
    var order: RunOrder?
    var words = CommandWords()
    private var told: [Flow] = []
    private var hasToldEnd = false
    var meetingEnds: Instant?
    /// Whether the other end may not have heard yet why we fail.
    package private(set) var awaitsCancel = false
    /// Why and when to break what runs.
    private var leaving: (ending: Outcome.Ending, moment: Instant)?

    /// Long enough for the guard of an end that was killed to find what descends from its commands:
    /// a stream that breaks at once would end those first, and nobody would know the rest.
    private static let guardsTime = Instant.Span.milliseconds(100)

    package init(now: Instant) {
        liveness = Liveness(limit: .seconds(300), now: now)
    }

    /// Whether the two ends tell each other when a stream is whole.
    package var hearsOfEnds: Bool { protocolVersion >= Version.firstTellingEnds }

    /// How often to ask after a silent peer.
    package var heartbeat: Instant.Span { liveness.heartbeat }

    /// When `advance` has something to do even if nothing happens.
    package var deadline: Instant {
        [meetingEnds, leaving?.moment].compactMap { $0 }.reduce(liveness.nextLook, min)
    }

    package var isRunning: Bool { phase == .running }

    package var ending: Outcome.Ending? {
        if case .parting(let ending) = phase { ending } else { nil }
    }

    /// The other end has said anything at all.
    package mutating func heard() { liveness.heard() }

    // MARK: What happens here

    /// The other end leaves as well.
    mutating func cancelled() {
        awaitsCancel = false
    }

    /// A connection has proved itself.
    package mutating func admit(_ name: ConnectionName, _ flow: Flow) -> [Step] {
        guard phase == .meeting else { return [] }
        admitted.append((name, flow))
        return [.send(.admitted(name, flow))]
    }

    /// The remote command does not run.
    package mutating func cannotStart(_ failure: Failure) -> [Step] {
        awaitsCancel = true
        return [.send(.failed(failure))] + part(.exit(OwnStatus.notFound), isOrderly: false)
    }

    /// Says why we cannot go on, and parts.
    package mutating func fail(_ failure: Failure) -> [Step] {
        awaitsCancel = true
        return [.send(.failed(failure))] + part(.exit(OwnStatus.ourError), isOrderly: false)
    }

    package mutating func signalled(_ signal: CInt, _ now: Instant) -> [Step] {
        [.send(.failed(.signal(signal)))] + leave(.signal(signal), now)
    }

    /// Tells what is over, each once: flows, then the command with its output.
    ///
    /// - Parameters:
    ///   - facts: How each flow ended here; `nil` while it goes on.
    ///   - remote: The remote command.
    ///   - isSilent: Whether all of its output that comes home was sent.
    package mutating func tell(
        _ facts: [(flow: Flow, facts: FlowFacts?)], _ remote: Command?, isSilent: Bool
    ) -> [Step] {
        guard isRunning else { return [] }
        var steps: [Step] = []
        for case (let flow, let facts?) in facts where !told.contains(flow) {
            told.append(flow)
            if facts.wasBroken { steps.append(.send(.broken(flow))) }
            steps.append(.send(.counts(flow, facts)))
        }
        guard !hasToldEnd, isSilent, let remote, let status = remote.status else { return steps }
        hasToldEnd = true
        // Output that was lost on its way must be missed before the verdict.
        return steps + [.sendHeartbeat, .send(.ended(status, wasIntact: remote.wasIntact))]
    }

    /// Does what is due at this moment.
    ///
    /// - Parameters:
    ///   - seesLife: Whether a flow has shown life within such a span.
    ///   - deadFlow: A flow whose path has been dead for such a span, whoever else lives.
    ///   - pathHint: What may be wrong with a path that is silent.
    package mutating func advance(
        _ now: Instant, seesLife: (Instant.Span) -> Bool, deadFlow: (Instant.Span) -> Flow?,
        pathHint: () -> String?
    ) -> [Step] {
        var steps: [Step] = []
        if now >= liveness.nextLook { steps += lookForLife(now, seesLife) }
        if isRunning, let flow = deadFlow(liveness.limit) {
            steps.append(.send(.failed(.unanswered(flow, pathHint: pathHint()))))
            steps += part(.exit(OwnStatus.lost), isOrderly: false)
        }
        if let meetingEnds, now >= meetingEnds {
            steps += part(.exit(OwnStatus.deadline), isOrderly: false)
        }
        if let leaving, now >= leaving.moment { steps += part(leaving.ending, isOrderly: false) }
        return steps
    }

    private mutating func lookForLife(
        _ now: Instant, _ seesLife: (Instant.Span) -> Bool
    ) -> [Step] {
        let steps: [Step] = liveness.look(now) ? [.sendHeartbeat] : []
        if seesLife(liveness.lookInterval) { liveness.heard() }
        guard liveness.isSilentTooLong, ending == nil else { return steps }
        return steps + [.send(.failed(.stall))]
            + part(.exit(OwnStatus.lost), isOrderly: false)
    }

    // MARK: Leaving

    /// Parts soon: the other end is lost, or we are told to end, as happens when our parent dies.
    mutating func leave(_ ending: Outcome.Ending, _ now: Instant) -> [Step] {
        guard isRunning else { return part(ending, isOrderly: false) }
        if leaving == nil { leaving = (ending, now + ThereRules.guardsTime) }
        return []
    }

    mutating func part(_ ending: Outcome.Ending, isOrderly: Bool) -> [Step] {
        if let before = self.ending {
            guard case .signal = ending else { return [] }
            phase = .parting(ending)
            // The first may be our parent's death, which the channel's end told us already.
            if case .signal = before { return [.hurry] }
            return []
        }
        phase = .parting(leaving?.ending ?? ending)
        leaving = nil
        meetingEnds = nil
        return [.part(isOrderly: isOrderly)]
    }
}
