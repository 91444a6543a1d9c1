import LinuxSystem

/// From our peer's greeting until each flow has its connection.
extension HereRules {
    /// The head start that the other end's calls get before ours.
    private static let headStart = Instant.Span.milliseconds(250)
    /// How much of a word goes into one line: percent-encoded it may be three times as long.
    private static let pieceSize = 16384

    var rendezvousEnds: Instant? {
        guard phase == .meeting || phase == .starting, let helloAt, let limit = plan.rendezvousLimit
        else { return nil }
        return helloAt + limit
    }

    var callIsDueAt: Instant? { phase == .meeting ? reach.callAt : nil }

    mutating func greeted(by hello: Hello, _ now: Instant) -> [Step] {
        guard phase == .loggingIn else { return [] }
        self.hello = hello
        helloAt = now
        guard let version = Version.common(with: hello.protocols) else {
            return conclude(Outcome("version", SessionError.noCommonProtocol(hello)))
        }
        protocolVersion = version
        let detail =
            "the other end runs socketpipe \(Text.escaped(hello.programVersion.utf8)) "
            + "on Linux \(Text.escaped(hello.kernel.utf8))"
        return [.detail(detail), .invite(hello, protocolVersion: version)]
    }

    /// Invites the other end, and says what there is to do.
    ///
    /// - Parameter refusal: Why we do not listen.
    package mutating func invited(by invitation: Invitation, refusal: Errno?) -> [Step] {
        phase = .meeting
        reach.offered = invitation.endpoints
        reach.askedThere = invitation.listenOn.count
        if let refusal { reach.refusals.append((.here, refusal)) }
        return [.send(.invite(invitation))] + (plan.isDryRun ? [] : order)
    }

    private var order: [Step] {
        var order = RunOrder(
            wordCount: plan.remote.count, isStrict: plan.isStrict, credit: RunOrder.largestCredit)
        order.deliversAll = plan.consumer == .standard
        order.relay = plan.relayThere
        order.rate = plan.rate
        order.isQuiet = plan.verbosity == .quiet
        let words = plan.remote.flatMap { HereRules.pieces(of: $0) }
        // With a piece of a word lost it would be another command.
        return [.send(.run(order))] + words + [.sendHeartbeat]
    }

    private static func pieces(of word: Word) -> [Step] {
        var pieces: [Step] = []
        var rest = word.bytes[...]
        while rest.count > pieceSize {
            pieces.append(.send(.word([UInt8](rest.prefix(pieceSize)), isWhole: false)))
            rest = rest.dropFirst(pieceSize)
        }
        return pieces + [.send(.word([UInt8](rest), isWhole: true))]
    }

    mutating func listening(
        _ endpoints: [Endpoint], _ refusal: Errno?, _ lack: Failure?, _ now: Instant
    ) throws(ControlError) -> [Step] {
        // Nobody makes us call whom he likes, or remember more than what he says once.
        guard phase != .loggingIn, reach.listeningThere == nil,
            endpoints.count <= reach.askedThere
        else { throw .unexpected(verb: "listening") }
        if let refusal { reach.refusals.append((.there, refusal)) }
        reach.listeningThere = endpoints
        reach.callAt = now + HereRules.headStart
        lackThere = lack
        return tellDryRun()
    }

    /// A call of ours came to nothing.
    package mutating func failed(_ endpoint: Endpoint, _ flow: Flow, _ error: Errno) {
        reach.failures.append((.here, endpoint, flow, error))
    }

    /// A connection has proved itself here.
    ///
    /// Where we called, the other end has yet to say that it admitted us.
    package mutating func admit(
        _ name: ConnectionName, _ flow: Flow, from caller: End, _ now: Instant
    ) -> [Step] {
        admitted.append((name, flow))
        return caller == .there ? choose(name, flow, now) : []
    }

    /// Decides which connection a flow uses: the first that both ends have proved.
    mutating func choose(_ name: ConnectionName, _ flow: Flow, _ now: Instant) -> [Step] {
        guard phase == .meeting, !used.contains(flow),
            admitted.contains(where: { $0.name == name && $0.flow == flow })
        else { return [] }
        used.append(flow)
        let steps = [Step.use(name, flow)]
        guard used.count == plan.flows.count else { return steps }
        metAt = now
        phase = .starting
        return steps + (plan.isDryRun ? tellDryRun() : [.endMeeting])
    }

    /// Both ends have met, and the other one has said what it lacks.
    private mutating func tellDryRun() -> [Step] {
        guard plan.isDryRun, phase == .starting, reach.listeningThere != nil else { return [] }
        let outcome =
            lackThere.map { Outcome("dry run", SessionError.there($0, plan.remote)) }
            ?? Outcome(0, "dry run", "dry run: both ends met, nothing ran")
        return [.showPlan] + conclude(outcome, isOrderly: true)
    }

    mutating func lookAfterMeeting(_ now: Instant, isCalling: Bool) -> [Step] {
        let calls = callWhenDue(now)
        guard calls.isEmpty else { return calls }
        if isUnreachable, !isCalling {
            let error = SessionError.unreachable(
                reach.failures.map { ($0.caller, $0.endpoint, $0.error) },
                notListening: reach.refusals)
            return conclude(Outcome("unreachable", error))
        }
        guard let rendezvousEnds, now >= rendezvousEnds else { return [] }
        return conclude(rendezvousIsTooLate())
    }

    /// Whether every call of either end came to nothing.
    private var isUnreachable: Bool {
        let flows = plan.flows.count
        return phase == .meeting && reach.hasCalled && reach.hasFailed(.there, flows: flows)
            && reach.hasFailed(.here, flows: flows)
    }

    /// At once, but behind what the other end has said meanwhile: it may know why.
    var unreachableIsDueAt: Instant? { isUnreachable ? started : nil }

    private mutating func callWhenDue(_ now: Instant) -> [Step] {
        guard let callAt = callIsDueAt, let there = reach.listeningThere else { return [] }
        let hasNobodyToWaitFor = reach.hasFailed(.there, flows: plan.flows.count)
        guard now >= callAt || hasNobodyToWaitFor else { return [] }
        reach.callAt = nil
        reach.hasCalled = true
        return [.call(there)]
    }

    private func rendezvousIsTooLate() -> Outcome {
        let seconds = plan.rendezvousLimit?.seconds ?? 0
        guard phase == .meeting else {
            let name = Verdict.naming(.remote, plan.remote)
            return Outcome(
                OwnStatus.deadline, "deadline",
                "the two ends met, but the other one did not start \(name) within \(seconds) s",
                hint: "is that host, or its file system, too busy? -t SECONDS sets how long to wait"
            )
        }
        let error = SessionError.noRendezvous(
            within: seconds,
            tried: reach.offered.map { (.there, $0) }
                + (reach.listeningThere ?? []).map { (.here, $0) })
        return Outcome("deadline", error)
    }
}
