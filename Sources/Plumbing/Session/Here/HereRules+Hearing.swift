import LinuxSystem

/// What the other end says, and what its silence for ever means.
extension HereRules {
    /// Takes what the other end said.
    package mutating func receive(
        _ message: ControlMessage, _ now: Instant
    ) throws(ControlError) -> [Step] {
        switch message {
        case .hello(let hello): return greeted(by: hello, now)
        case .listening(let endpoints, let refusal, let lack):
            return try listening(endpoints, refusal, lack, now)
        case .unreachable(let endpoint, let flow, let error):
            guard !reach.hasFailed(.there, flows: plan.flows.count) else {
                throw .unexpected(verb: "unreachable")
            }
            reach.failures.append((.there, endpoint, flow, error))
        case .admitted(let name, let flow): return choose(name, flow, now)
        case .started(let pid): return remoteStarted(pid, now)
        case .output(let byteCount):
            // Our standard output may belong to a flow, or to a command.
            guard plan.consumer == nil, remote != nil else { throw .unexpected(verb: "output") }
            return byteCount == 0 ? [.endOutput] : []
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
            return conclude(Outcome("stalled", unanswered(flow, at: .there, pathHint)))
        case .failed(let failure):
            return conclude(Outcome("failed there", SessionError.there(failure, plan.remote)))
        case .broken(let flow): return [.peerBroke(flow)]
        case .whole(let flow, let byteCount):
            guard hearsOfEnds, flow.sender == .there else { throw .unexpected(verb: "whole") }
            return [.peerIsWhole(flow, byteCount: byteCount)]
        case .alive: break
        default: throw .unexpected(verb: message.line.verb)
        }
        return []
    }

    private mutating func remoteStarted(_ pid: CInt, _ now: Instant) -> [Step] {
        guard phase == .starting else { return [] }
        remote = Command(role: .remote, words: plan.remote, pid: pid, started: now)
        phase = .running
        return [.detail("the data is neither encrypted nor authenticated in transit"), .start]
    }

    private mutating func counted(_ flow: Flow, _ facts: FlowFacts) throws(ControlError) -> [Step] {
        guard used.contains(flow), !factsThere.contains(where: { $0.flow == flow }) else {
            throw .unexpected(verb: "counts")
        }
        factsThere.append((flow, facts))
        // Its reset may never come through: then its word is enough.
        return [facts.ending == .finished ? .look(flow) : .peerBroke(flow)]
    }

    private mutating func remoteEnded(
        _ status: ExitStatus, wasIntact: Bool, _ now: Instant
    ) throws(ControlError) -> [Step] {
        guard remote != nil, remote?.status == nil else { throw .unexpected(verb: "ended") }
        remote?.status = status
        remote?.wasIntact = wasIntact
        remote?.ended = now
        return used.map { .look($0) }
    }

    /// What the other end sent was no message, or not its turn.
    package mutating func misheard(_ error: ControlError) -> [Step] {
        conclude(
            Outcome(
                OwnStatus.ourError, "protocol error",
                "protocol error from there to here: \(error.sentence)",
                hint: ControlError.hint))
    }

    /// Nothing more will come from the other end.
    ///
    /// - Parameters:
    ///   - status: How the login command ended; `nil` while it runs.
    ///   - words: What it said, where that came by us.
    package mutating func channelEnded(
        login status: ExitStatus?, saying words: LoginWords? = nil, _ now: Instant
    ) -> [Step] {
        switch phase {
        case .parting: return []
        case .meeting, .starting, .running:
            return conclude(
                Outcome(
                    OwnStatus.lost, "lost",
                    "the connection to the other end was lost\(loginWords(status))",
                    hint: "data in transit may be lost: run it again (with ssh, "
                        + "ServerAliveInterval keeps an idle login open)"))
        case .loggingIn:
            guard let status else {
                if login.outputEndedAt == nil { login.outputEndedAt = now }
                return []
            }
            let failure = SessionError.loginEnded(
                plan.login, status, there: plan.there, saying: words)
            return [.passRest] + conclude(Outcome("login failed", failure))
        }
    }

    private func loginWords(_ status: ExitStatus?) -> String {
        let name = Text.quoted(plan.login[0].bytes)
        return switch status {
        case nil: ""
        case .exited(let number): " (the login command \(name) exited with status \(number))"
        case .killed(let signal):
            " (the login command \(name) was killed by \(Signal.name(signal)))"
        }
    }
}
