import LinuxSystem

/// From the invitation until each flow has its connection.
extension ThereSession {
    func accept(_ invitation: Invitation) throws(ControlError) {
        guard case .greeting = phase, !invitation.flows.isEmpty else {
            throw .unexpected(verb: "invite")
        }
        phase = .meeting
        self.invitation = invitation
        liveness = Liveness(limit: .seconds(invitation.stallSeconds), now: .now)
        if invitation.rendezvousSeconds > 0 {
            // Here decides when it is too late; this only bounds us should it never say so.
            meetingEnds = .now + .seconds(invitation.rendezvousSeconds + 10)
        }
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
        control.send(.listening(listening, refusal: refusal))
        let endpoints = invitation.endpoints.map {
            Candidates.scoped($0, own: ownAddresses, near: ssh?.server)
        }
        tell(meeting.call(endpoints, for: invitation.flows))
    }

    func advanceMeeting(_ readiness: Readiness) {
        guard let meeting, case .meeting = phase else { return }
        tell(meeting.advance(readiness))
    }

    func tell(_ events: [Meeting.Event]) {
        for event in events {
            switch event {
            case .admitted(let name, let flow): control.send(.admitted(name, flow))
            case .unreachable(let endpoint, let flow, let error):
                control.send(.unreachable(endpoint, flow, error))
            case .exhausted(let error): fail(.system(error))
            }
        }
    }

    func use(_ flow: Flow, _ name: ConnectionName) throws(ControlError) {
        guard let channel = meeting?.take(name), channel.flow == flow,
            !ends.contains(where: { $0.flow == flow })
        else { throw .unexpected(verb: "use") }
        ends.append(FlowEnd(channel, at: .there, isStrict: order?.isStrict ?? false))
    }
}
