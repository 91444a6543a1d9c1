import LinuxSystem
import Relaying

/// What the other end says, and what its silence for ever means.
extension HereCore {
    mutating func hear(_ line: ControlLine, _ now: Instant) -> [SessionStep] {
        heardLogin()
        do throws(ControlError) {
            let message = try ControlMessage(line)
            return try loginLoss == nil ? receive(message, now) : hearLogin(message, now)
        } catch {
            return misheard(error, now)
        }
    }

    /// Takes what the other end said.
    private mutating func receive(
        _ message: ControlMessage, _ now: Instant
    ) throws(ControlError) -> [SessionStep] {
        switch message {
        case .boot(let machine, let byteCount):
            return try pushed(machine, byteCount, now)
        case .hello(let hello): return greeted(by: hello, now)
        case .listening(let endpoints, _, _, let round?):
            return try heardListening(endpoints, round, now)
        case .listening(let endpoints, let refusal, let lack, nil):
            return try listening(endpoints, refusal, lack, now)
        case .unreachable(let endpoint, let flow, let error, let round):
            try heardUnreachable((.there, endpoint, flow, error), round)
        case .admitted(let name, let flow):
            return phase == .running
                ? admitAgain(name, flow, isKnownThere: true) : choose(name, flow, now)
        case .started(let pid): return remoteStarted(pid, now)
        case .output(let byteCount):
            // Our standard output may belong to a flow, or to a command.
            guard plan.consumer == nil, remote != nil else { throw .unexpected(verb: "output") }
            return byteCount == 0 ? [.endHome] : []
        case .counts(let flow, let facts): return try counted(flow, facts)
        case .feeding(let flow, let facts): feedingThere = (flow, facts)
        case .ended(let status, let wasIntact):
            return try remoteEnded(status, wasIntact: wasIntact, now)
        case .waiting(let pid, let flow):
            let what = flow.map { "flow '\($0.rawValue)'" } ?? "its standard output"
            return [
                .note(
                    "waiting for process \(pid) there, which still holds \(what) after the remote "
                        + "command ended")
            ]
        case .failed(.unanswered(let flow, let pathHint)):
            return conclude(Outcome("stalled", unanswered(flow, at: .there, pathHint)), now)
        case .failed(let failure):
            return conclude(Outcome("failed there", SessionError.there(failure, plan.remote)), now)
        case .lost(let flow, let turn):
            guard plan.relay.keeps, flow.sender == .there else { throw .unexpected(verb: "lost") }
            return [.cut(flow, turn: turn)]
        case .have(let flow, let rest, let turn): return try hear(rest, of: flow, turn, now)
        case .resumed(let flow, let resent): return try resumedThere(flow, resent)
        case .broken(let flow): return [.peerBroke(flow)]
        case .whole(let flow, let byteCount):
            guard hearsOfEnds, flow.sender == .there else { throw .unexpected(verb: "whole") }
            return [.peerIsWhole(flow, byteCount: byteCount)]
        case .flowCredit(.out, let byteCount) where probe != nil:
            try probe?.arrived(byteCount, now)
        case .data, .end, .cut, .flowCredit:
            return phase == .parting ? [] : try bridged.heard(message)
        case .alive: break
        default: throw .unexpected(verb: message.line.verb)
        }
        return []
    }

    private mutating func remoteStarted(_ pid: CInt, _ now: Instant) -> [SessionStep] {
        guard phase == .starting else { return [] }
        remote = Command(role: .remote, words: plan.remote, pid: pid, started: now)
        phase = .running
        let isDirect = connections.contains { $0.name != nil }
        let warning = "the data is neither encrypted nor authenticated in transit"
        // The order to start says the one, and the order to run said the other some time ago.
        toldRates.out = rates.out
        return (isDirect && cipher == nil ? [.detail(warning)] : []) + [.start(startOrder)] + pace()
    }

    private mutating func counted(_ flow: Flow, _ facts: FlowFacts) throws(ControlError)
        -> [SessionStep]
    {
        guard used.contains(flow), !factsThere.contains(where: { $0.flow == flow }) else {
            throw .unexpected(verb: "counts")
        }
        factsThere.append((flow, facts))
        // Its reset may never come through: then its word is enough.
        let step: SessionStep = facts.ending == .finished ? .look(flow) : .peerBroke(flow)
        return facts.ending == .left ? [step, .endProbing(flow)] : [step]
    }

    private mutating func remoteEnded(
        _ status: ExitStatus, wasIntact: Bool, _ now: Instant
    ) throws(ControlError) -> [SessionStep] {
        guard remote != nil, remote?.status == nil else { throw .unexpected(verb: "ended") }
        remote?.status = status
        remote?.wasIntact = wasIntact
        remote?.ended = now
        let looks = used.map { SessionStep.look($0) }
        return plan.endsWithRemote ? looks + used.map { .endProbing($0) } : looks
    }

    /// What the other end sent was no message, or not its turn.
    mutating func misheard(_ error: ControlError, _ now: Instant) -> [SessionStep] {
        loginFailed(
            Outcome(
                OwnStatus.ourError, "protocol error",
                "protocol error from there to here: \(error.sentence)",
                hint: ControlError.hint), now)
    }
}
