import LinuxSystem

/// What the other end says, and what its silence for ever means.
extension HereSession {
    func advanceControl(_ readiness: Readiness) {
        do throws(ControlError) {
            for piece in try control.advance(readiness) {
                liveness.heard()
                switch piece {
                case .noise(let bytes): passNoise(bytes)
                case .output(let bytes): try sink.add(bytes)
                case .line(let line): try receive(try ControlMessage(line))
                }
            }
        } catch {
            conclude(
                Outcome(
                    OwnStatus.ourError, "protocol error",
                    "the other end sent \(error.sentence)",
                    hint: ControlError.hint))
        }
        if control.hasEnded { controlEnded() }
    }

    /// Takes what the other end said.
    func receive(_ message: ControlMessage) throws(ControlError) {
        switch message {
        case .hello(let hello): greeted(by: hello)
        case .listening(let endpoints, let refusal):
            try listening(endpoints)
            if let refusal { reach.refusals.append((.there, refusal)) }
        case .unreachable(let endpoint, let flow, let error):
            guard !reach.hasFailed(.there, flows: plan.flows.count) else {
                throw .unexpected(verb: "unreachable")
            }
            reach.failures.append((.there, endpoint, flow, error))
        case .admitted(let name, let flow): choose(name, flow)
        case .started(let pid): remoteStarted(pid)
        case .output(let byteCount): if byteCount == 0 { sink.end() }
        case .counts(let flow, let facts):
            guard let end = ends.first(where: { $0.flow == flow }),
                !factsThere.contains(where: { $0.flow == flow })
            else { throw .unexpected(verb: "counts") }
            factsThere.append((flow, facts))
            // Its reset may never come through: then its word is enough.
            if facts.ending == .finished { end.hurry() } else { end.peerBroke() }
        case .feeding(let flow, let facts): feedingThere = (flow, facts)
        case .ended(let status, let wasIntact):
            guard remote != nil, remote?.status == nil else { throw .unexpected(verb: "ended") }
            remote?.status = status
            remote?.wasIntact = wasIntact
            remote?.ended = .now
            for end in ends { end.hurry() }
        case .waiting(let pid, let flow):
            let what = flow.map { "flow '\($0.rawValue)'" } ?? "its standard output"
            say.note(
                "waiting for process \(pid) there, which still holds \(what) after the remote "
                    + "command ended")
        case .failed(let failure):
            let error = SessionError.there(failure, plan.remote)
            conclude(Outcome("failed there", error))
        case .broken(let flow): ends.first { $0.flow == flow }?.peerBroke()
        case .alive: break
        default: throw .unexpected(verb: message.line.verb)
        }
    }

    func controlEnded() {
        guard phase != .parting else { return }
        guard phase == .loggingIn else {
            conclude(
                Outcome(
                    OwnStatus.lost, "lost",
                    "the connection to the other end was lost\(loginWords())",
                    hint: "what was under way is unknown: run it again (with ssh, "
                        + "ServerAliveInterval keeps an idle login open)"))
            return
        }
        guard let status = supervisor.command(.login)?.status else {
            if login.outputEndedAt == nil { login.outputEndedAt = .now }
            return
        }
        say.pass(control.rest)
        let failure = SessionError.loginEnded(plan.login, status, there: plan.there)
        conclude(
            Outcome("login failed", failure))
    }

    func loginWords() -> String {
        guard let status = supervisor.command(.login)?.status else { return "" }
        let name = Text.quoted(plan.login[0].bytes)
        return switch status {
        case .exited(let number): " (the login command \(name) ended with status \(number))"
        case .killed(let signal):
            " (the login command \(name) was killed by \(Signal.name(signal)))"
        }
    }
}
