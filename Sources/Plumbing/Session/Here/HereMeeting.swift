import LinuxSystem

/// From the invitation until each flow has its connection.
extension HereSession {
    func call(_ endpoints: [Endpoint]) {
        guard let meeting else { return }
        let near = rules.hello?.ssh?.client
        let scoped = endpoints.map { Candidates.scoped($0, own: own.addresses, near: near) }
        record(meeting.call(scoped, for: plan.flows))
    }

    func advanceMeeting(_ readiness: Readiness) {
        guard let meeting else { return }
        record(meeting.advance(readiness))
    }

    private func record(_ events: [Meeting.Event]) {
        for event in events {
            switch event {
            case .unreachable(let endpoint, let flow, let error):
                rules.failed(endpoint, flow, error)
            case .admitted(let name, let flow):
                guard let caller = meeting?.caller(of: name) else { continue }
                perform(rules.admit(name, flow, from: caller, .now))
            case .exhausted(let error):
                conclude(Outcome("failed", SessionError.system(error)))
            }
        }
    }

    func use(_ name: ConnectionName, _ flow: Flow) {
        guard let channel = meeting?.take(name).flatMap({ DataChannel($0, at: .here) }) else {
            return
        }
        guard channel.countsBytes else {
            return conclude(Outcome("failed", SessionError.countsNothing(.here)))
        }
        ends.append(
            FlowEnd(
                channel, at: .here, breaking: plan.isStrict ? .anyFailure : .killed,
                hearsOfEnd: rules.hearsOfEnds))
        control.send(.use(flow, name))
        noteOpenPath(ends.last?.channel.peerEndpoint?.address)
        say.detail(
            "flow '\(flow.rawValue)': \(channel.localEndpoint?.description ?? "?") here, "
                + "\(channel.peerEndpoint?.description ?? "?") there, connected from "
                + channel.caller.rawValue)
    }

    /// Whoever sits at a terminal is told, once, that what ssh would hide goes over a public network.
    private func noteOpenPath(_ address: Address?) {
        guard ends.count == 1, let address, !address.unmapped.isPrivate, Descriptor.isTerminal(2)
        else { return }
        say.note("the data is neither encrypted nor authenticated in transit to \(address)")
    }

    /// The listeners and the losers go with the secret.
    func endMeeting() {
        meeting = nil
        memoryGuard.take()?.end()
    }
}
