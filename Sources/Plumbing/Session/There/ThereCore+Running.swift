import LinuxSystem
import Relaying

extension RunOrder {
    /// Which end of the remote command breaks what it wrote.
    var breaking: SendingRules.Breaking {
        isStrict ? .anyFailure : deliversAll ? .nothing : .killed
    }
}

/// From the start of the remote command to its end.
extension ThereCore {
    /// The remote command, and what is between it and its flows.
    func startOrder(_ order: RunOrder, _ words: [Word]) -> StartOrder {
        let flows = invitation?.flows ?? []
        let relay = order.relay
        let relayed = flows.filter { !($0 == .back && relay?.isForReaders == true) }
        return StartOrder(
            jobs: [
                StartOrder.Job(
                    role: .remote, words: words, reads: flows.first { $0 == .out },
                    writes: flows.first { $0 == .back })
            ],
            relays: relay.map { relay in relayed.map { ($0, relay) } } ?? [],
            rates: order.rate.map { [(.back, $0)] } ?? [], heartbeat: liveness.heartbeat,
            homeCredit: flows.contains(.back) ? nil : order.credit, isGrouped: true)
    }

    mutating func started(_ pid: CInt, _ now: Instant) -> [SessionStep] {
        feedingIsDueAt = now
        return [.send(.started(pid: pid))]
    }

    mutating func take(_ event: FlowEvent, of flow: Flow, _ now: Instant) -> [SessionStep] {
        guard isRunning else { return [] }
        switch event {
        case .failed(let error): return fail(.system(error), now)
        case .standardFailed(let failure): return fail(.system(failure.error), now)
        case .whole(let byteCount): return [.send(.whole(flow, byteCount: byteCount))]
        case .lost(let turn): return [.send(.lost(flow, turn: turn))]
        case .has(let rest, let turn): return [.send(.have(flow, rest, turn: turn))]
        case .note(let sentence): return [.note(sentence)]
        case .late(let late): return tell(late, flow)
        case .left, .broken, .over: return []
        }
    }

    /// Tells what keeps a stream open, or the output that comes home, though the command has ended.
    func tell(_ late: HolderWatch.Late, _ flow: Flow?) -> [SessionStep] {
        switch late {
        case .holder(let pid): return [.send(.waiting(pid: pid, flow))]
        case .unseen, .hidden:
            let what = flow == nil ? "standard output" : "stream"
            return [.note(late.sentence("the \(what) of the remote command that ended"))]
        }
    }

    /// Tells what is over, each once: flows, then the command with its output.
    mutating func tell(_ view: some SessionView) -> [SessionStep] {
        guard isRunning else { return [] }
        var steps: [SessionStep] = []
        for case (let flow, let facts?) in view.flows where !told.contains(flow) {
            told.append(flow)
            if meeting?.flow == flow {
                meeting = nil
                steps.append(.endMeeting)
            }
            if facts.wasBroken { steps.append(.send(.broken(flow))) }
            steps.append(.send(.counts(flow, facts)))
        }
        guard !hasToldEnd, view.homeIsOver, let remote = view.commands.first,
            let status = remote.status
        else { return steps }
        hasToldEnd = true
        // Output that was lost on its way must be missed before the verdict.
        return steps + [.sendHeartbeat, .send(.ended(status, wasIntact: remote.wasIntact))]
    }

    /// Drops what only measures the login.
    mutating func drop(_ chunk: Chunk) -> [SessionStep] {
        sink.take(chunk.count).map { [.send(.flowCredit(.out, byteCount: $0))] } ?? []
    }

    /// Tells how the reader is fed from its buffer, once a second while that changes.
    mutating func tellFeeding(_ view: some SessionView, _ now: Instant) -> [SessionStep] {
        guard let feedingIsDueAt, now >= feedingIsDueAt else { return [] }
        guard let (flow, feeding) = view.feeding, feeding.buffer != nil else {
            self.feedingIsDueAt = nil
            return []
        }
        self.feedingIsDueAt = now + .seconds(1)
        let isOver = view.flows.contains { $0.flow == flow && $0.facts != nil }
        guard !isOver, feeding != toldFeeding, absentSince == nil else { return [] }
        toldFeeding = feeding
        return [.send(.feeding(flow, feeding))]
    }

    /// Looks once a second for what keeps the output open, when the remote command has ended.
    mutating func lookForOutputHolders(
        _ view: some SessionView, _ now: Instant
    ) -> [SessionStep] {
        guard let outputLookIsDueAt, now >= outputLookIsDueAt else { return [] }
        self.outputLookIsDueAt = nil
        guard !view.homeIsOver, view.commands.first?.status != nil else { return [] }
        self.outputLookIsDueAt = now + .seconds(1)
        return [.lookForOutputHolders]
    }
}
