import LinuxSystem

/// From the invitation until each flow has its connection.
extension ThereSession {
    func meet(_ invitation: Invitation) {
        let meeting = Meeting(
            at: .there, secret: invitation.secret, maximumSegment: invitation.maximumSegment)
        self.meeting = meeting
        var listening: [Endpoint] = []
        var refusal: Errno?
        do throws(Errno) {
            listening = try meeting.listen(
                on: invitation.listenOn, ports: invitation.ports)
        } catch {
            // No port to listen on: the other direction may still do.
            refusal = error
        }
        let lack = invitation.sought.flatMap { whatHinders(Word($0)) }
        control.send(.listening(listening, refusal: refusal, lack: lack))
        let endpoints = invitation.endpoints.map {
            Candidates.scoped($0, own: ownAddresses, near: ssh?.server)
        }
        tell(meeting.call(endpoints, for: invitation.flows))
    }

    /// What would keep a command from being executed here.
    func whatHinders(_ command: Word) -> Failure? {
        switch Executable.obstacle(to: command, searchPath: searchPath) {
        case .notFound: .execution(.notFound)
        case .notExecutable: .execution(.accessDenied)
        case .noInterpreter(let name): .noInterpreter(name)
        case nil: nil
        }
    }

    func advanceMeeting(_ readiness: Readiness) {
        guard let meeting else { return }
        tell(meeting.advance(readiness))
    }

    func tell(_ events: [Meeting.Event]) {
        for event in events {
            switch event {
            case .admitted(let name, let flow): perform(rules.admit(name, flow))
            case .unreachable(let endpoint, let flow, let error):
                control.send(.unreachable(endpoint, flow, error))
            case .exhausted(let error): perform(rules.fail(.system(error)))
            }
        }
    }

    func use(_ name: ConnectionName, _ flow: Flow, _ breaking: SendingRules.Breaking) {
        guard let channel = meeting?.take(name).flatMap({ DataChannel($0, at: .there) }) else {
            return perform(rules.fail(.system(.notConnected)))
        }
        guard channel.countsBytes else { return perform(rules.fail(.countsNothing)) }
        ends.append(
            FlowEnd(channel, at: .there, breaking: breaking, hearsOfEnd: rules.hearsOfEnds))
    }

    /// Nobody needs the secret any more: the listeners and the losers go with it.
    func endMeeting() {
        meeting = nil
        memoryGuard.take()?.end()
    }
}
