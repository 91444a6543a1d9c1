import LinuxSystem
import Relaying

/// From the start of our commands to the verdict.
extension HereCore {
    /// Our commands: who reads is there before who writes.
    var startOrder: StartOrder {
        var order = StartOrder(
            jobs: [], relays: [], rates: rates.out.map { [(.out, $0)] } ?? [],
            heartbeat: liveness.heartbeat, isGrouped: false)
        order.growsPipes = !plan.keepsPipes
        if plan.measuringTime != nil {
            order.jobs = [
                StartOrder.Job(
                    role: .producer, words: plan.producer?.words ?? [], reads: .back, writes: .out)
            ]
            order.relays = plan.flows.filter { plan.relays($0, at: .here) }
                .map { ($0, plan.relay) }
            order.spent = [.standardInput]
            return order
        }
        let ways: [(role: Role, flow: Flow, local: Plan.Local?)] = [
            (.consumer, .back, plan.consumer), (.producer, .out, plan.producer),
        ]
        for (role, flow, local) in ways {
            switch local {
            case .command(let words):
                order.jobs.append(
                    StartOrder.Job(
                        role: role, words: words, reads: role == .consumer ? flow : nil,
                        writes: role == .producer ? flow : nil))
                if plan.relays(flow, at: .here) { order.relays.append((flow, plan.relay)) }
            case .standard:
                order.relays.append((flow, plan.relay))
                order.standard.append((flow, role == .producer ? .standardInput : .standardOutput))
            case nil: break
            }
        }
        if plan.producer != .standard { order.spent.append(.standardInput) }
        if case .command = plan.consumer { order.spent.append(.standardOutput) }
        return order
    }

    mutating func take(_ event: FlowEvent, of flow: Flow, _ now: Instant) -> [SessionStep] {
        switch event {
        case .failed(let error): return conclude(.flowFailed(flow, error), now)
        case .standardFailed(let failure):
            return conclude(
                .standardFailed(flow == .out ? .producer : .consumer, failure, plan), now)
        case .whole(let byteCount): return [.send(.whole(flow, byteCount: byteCount))]
        case .note(let sentence): return [.note(sentence)]
        case .late(let late):
            let role: Role = flow == .out ? .producer : .consumer
            return [.note(late.sentence("the stream of the \(role.rawValue) that ended"))]
        case .left: return isOurOutput(flow) ? conclude(.outputClosed, now) : []
        case .lost(let turn): return lost(flow, turn, now)
        case .has(let rest, let turn): return has(flow, rest, turn, now)
        case .broken: return [.send(.broken(flow))]
        case .over: return []
        }
    }

    /// Whether the flow goes to our standard output, whose reader must not leave early.
    private func isOurOutput(_ flow: Flow) -> Bool {
        flow == .back && plan.consumer == .standard && !plan.allowsEarlyExit
    }

    mutating func homeFailed(_ failure: HomeFailure, _ now: Instant) -> [SessionStep] {
        guard failure.error != .brokenPipe else { return conclude(.outputClosed, now) }
        var outcome = Outcome.outputFailed(failure.error, after: failure.byteCount)
        if failure.error == .invalid, failure.isDirect { outcome.hint = Outcome.directHint }
        return conclude(outcome, now)
    }

    /// Gives the verdict once all is known.
    mutating func decide(_ view: some SessionView, _ now: Instant) -> [SessionStep] {
        guard phase == .running, view.homeIsOver, let remote, remote.status != nil else {
            return []
        }
        let commands = view.commands.filter { $0.role != .login }
        let facts = view.flows
        guard commands.allSatisfy({ $0.status != nil }), facts.allSatisfy({ $0.facts != nil }),
            factsThere.count == facts.count
        else { return [] }
        let verdict = Verdict.decide(
            commands + [remote], verdicts(facts), allowsEarlyExit: plan.allowsEarlyExit)
        let outcome = plan.endsWithRemote ? toldAsSSH(verdict, remote) : verdict
        if outcome.isSuccess, let steps = probeLogin(view, now) { return steps }
        return conclude(outcome, now, isOrderly: true)
    }

    /// ssh ends with its own status of failure where a signal ended the command there.
    private func toldAsSSH(_ verdict: Outcome, _ remote: Command) -> Outcome {
        guard case .killed = remote.status, verdict.ending.status == remote.status?.shellStatus
        else { return verdict }
        return Outcome(OwnStatus.loginFailed, verdict.name, verdict.sentence, hint: verdict.hint)
    }

    /// What both ends know of the flows; what an end has not told is unknown.
    package func verdicts(_ facts: [(flow: Flow, facts: FlowFacts?)]) -> [FlowVerdict] {
        facts.map { flow, here in
            let unknown = FlowFacts(.unknown, byteCount: 0)
            let there = factsThere.first { $0.flow == flow }?.facts ?? unknown
            let isSender = flow.sender == .here
            return FlowVerdict(
                flow, sender: isSender ? here ?? unknown : there,
                receiver: isSender ? there : here ?? unknown, isBridged: bridged.contains(flow))
        }
    }
}

extension Outcome {
    /// Our own standard input or output cannot go on.
    fileprivate static func standardFailed(
        _ role: Role, _ failure: StandardFailure, _ plan: Plan
    ) -> Outcome {
        var outcome =
            role == .consumer
            ? outputFailed(failure.error, after: failure.byteCount)
            : inputFailed(failure.error, after: failure.byteCount, of: failure.promised)
        if failure.isDevice {
            let most = max(Relay.leastTapeRead, plan.relay.record?.size ?? 0)
            outcome.hint = tapeHint(role, failure.error, mostRead: most) ?? outcome.hint
        }
        if failure.isDirect, failure.error == .invalid { outcome.hint = directHint }
        return outcome
    }
}
