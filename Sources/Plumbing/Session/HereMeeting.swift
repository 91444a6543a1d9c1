import LinuxSystem

/// From the invitation until each flow has its connection.
extension HereSession {
    /// The head start that the other end's calls get before ours.
    static let headStart = Instant.Span.milliseconds(250)

    var rendezvousEnds: Instant? {
        guard phase == .meeting || phase == .starting, let helloAt, let limit = plan.rendezvousLimit
        else { return nil }
        return helloAt + limit
    }

    func listening(_ endpoints: [Endpoint]) throws(ControlError) {
        // Nobody makes us call whom he likes.
        guard endpoints.count <= reach.askedThere else { throw .unexpected(verb: "listening") }
        guard phase == .meeting, reach.listeningThere == nil else { return }
        reach.listeningThere = endpoints
        reach.callAt = .now + HereSession.headStart
    }

    func lookAfterMeeting(_ now: Instant) {
        callWhenDue(now)
        guard phase == .meeting || phase == .starting else { return }
        let flows = plan.flows.count
        if phase == .meeting, reach.hasCalled, meeting?.isCalling == false,
            reach.hasFailed(.there, flows: flows), reach.hasFailed(.here, flows: flows)
        {
            let error = SessionError.unreachable(
                reach.failures.map { ($0.caller, $0.endpoint, $0.error) },
                notListening: reach.refusals)
            conclude(Outcome("unreachable", error))
            return
        }
        if let rendezvousEnds, now >= rendezvousEnds { conclude(rendezvousIsTooLate()) }
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

    func callWhenDue(_ now: Instant) {
        guard phase == .meeting, let callAt = reach.callAt, let there = reach.listeningThere,
            let meeting
        else { return }
        let hasNobodyToWaitFor = reach.hasFailed(.there, flows: plan.flows.count)
        guard now >= callAt || hasNobodyToWaitFor else { return }
        reach.callAt = nil
        reach.hasCalled = true
        let near = hello?.ssh?.client
        let endpoints = there.map { Candidates.scoped($0, own: own.addresses, near: near) }
        record(meeting.call(endpoints, for: plan.flows))
    }

    func advanceMeeting(_ readiness: Readiness) {
        guard phase == .meeting, let meeting else { return }
        record(meeting.advance(readiness))
    }

    func record(_ events: [Meeting.Event]) {
        for event in events {
            switch event {
            case .unreachable(let endpoint, let flow, let error):
                reach.failures.append((.here, endpoint, flow, error))
            case .admitted(let name, let flow):
                // Where we called, the other end has yet to say that it admitted us.
                if meeting?.caller(of: name) == .there { choose(name, flow) }
            case .exhausted(let error): conclude(Outcome("failed", SessionError.system(error)))
            }
        }
    }

    /// Decides which connection a flow uses: the first that both ends have proved.
    func choose(_ name: ConnectionName, _ flow: Flow) {
        guard phase == .meeting, !ends.contains(where: { $0.flow == flow }),
            let channel = meeting?.take(name), channel.flow == flow
        else { return }
        ends.append(FlowEnd(channel, at: .here, isStrict: plan.isStrict))
        control.send(.use(flow, name))
        say.detail(
            "flow '\(flow.rawValue)': \(channel.localEndpoint?.description ?? "?") here, "
                + "\(channel.peerEndpoint?.description ?? "?") there, dialled from "
                + channel.caller.rawValue)
        guard ends.count == plan.flows.count else { return }
        metAt = .now
        meeting = nil
        memoryGuard.take()?.end()
        phase = .starting
        if plan.isDryRun { concludeDryRun() }
    }

    func remoteStarted(_ pid: CInt) {
        guard phase == .starting else { return }
        remote = Command(role: .remote, words: plan.remote, pid: pid, started: .now)
        say.detail("the data is neither encrypted nor authenticated on its way")
        startCommands()
    }
}
