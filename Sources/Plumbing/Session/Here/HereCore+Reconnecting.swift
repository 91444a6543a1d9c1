import LinuxSystem
import Relaying

/// How a flow whose connection is lost gets another.
extension HereCore {
    // MARK: What is lost

    /// Our end of the flow has lost its connection.
    mutating func lost(_ flow: Flow, _ turn: Int64, _ now: Instant) -> [SessionStep] {
        reconnecting.note(flow, now)
        return [.send(.lost(flow, turn: turn))]
    }

    /// Our end reads the flow, and has this of it.
    mutating func has(
        _ flow: Flow, _ rest: FlowRest, _ turn: Int64, _ now: Instant
    ) -> [SessionStep] {
        [.send(.have(flow, rest, turn: turn))] + note(rest, of: flow, now)
    }

    private mutating func note(
        _ rest: FlowRest, of flow: Flow, _ now: Instant
    ) -> [SessionStep] {
        guard rest.isWhole else {
            reconnecting.note(flow, has: rest.byteCount, now)
            return []
        }
        let wasSearching = reconnecting.search?.flow == flow
        _ = reconnecting.forget(flow)
        return wasSearching ? [.endMeeting] : []
    }

    /// The other end reads the flow, and has this of it.
    mutating func hear(
        _ rest: FlowRest, of flow: Flow, _ turn: Int64, _ now: Instant
    ) throws(ControlError) -> [SessionStep] {
        guard plan.relay.keeps, used.contains(flow), flow.sender == .here else {
            throw .unexpected(verb: "have")
        }
        guard turn == reconnecting.turn(of: flow), phase == .running else { return [] }
        return [.peerHas(flow, rest, turn: turn)] + note(rest, of: flow, now)
    }

    // MARK: The search

    var searchIsDueAt: Instant? {
        guard phase == .running, let limit = plan.reconnectLimit else { return nil }
        return reconnecting.dueAt(within: limit, maySearch: loginLoss == nil)
    }

    /// Looks for another connection, for one flow after the other.
    mutating func search(_ view: some SessionView, _ now: Instant) -> [SessionStep] {
        guard let limit = plan.reconnectLimit else { return [] }
        let wasSearching = reconnecting.search != nil
        for case (let flow, _?) in view.flows { _ = reconnecting.forget(flow) }
        // The flow came to its end meanwhile.
        if wasSearching, reconnecting.search == nil { return [.endMeeting] }
        if let loss = reconnecting.losses.first(where: { $0.began + limit <= now }) {
            return conclude(lostForGood(loss, limit, view.pathHint), now)
        }
        // Without a login nobody hears of a meeting.
        if loginLoss != nil { return [] }
        if let search = reconnecting.search {
            let isInVain =
                search.chosen == nil && !view.isCalling && search.reach.isInVain(flows: 1)
            if search.ends <= now || isInVain { return searchFailed(now) }
            return callWhenDue(search, now)
        }
        guard let search = reconnecting.begin(now) else { return [] }
        if mustBridge(search) { return rebridge(search) }
        return meet(search, view.knowledge, now)
    }

    /// Whether the flow goes on through the login: where the user wants it, or after a try in vain.
    private func mustBridge(_ search: Reconnecting.Search) -> Bool {
        plan.way == .login || mayBridge && reconnecting[search.flow]?.tryCount ?? 0 > 1
    }

    private mutating func rebridge(_ search: Reconnecting.Search) -> [SessionStep] {
        bridged.add(search.flow)
        return [.rebridge(search.flow, from: search.byteCount)]
    }

    /// - Parameter own: What this host is known by now: its address may be another.
    private mutating func meet(
        _ search: Reconnecting.Search, _ own: Candidates.Knowledge?, _ now: Instant
    ) -> [SessionStep] {
        guard let hello else { return [] }
        if let own { surroundings.own = own.limited(to: surroundings.network) }
        guard let found = try? candidates(with: peer(hello)) else { return searchFailed(now) }
        reconnecting.search?.reach.candidates = found
        return [
            .listen(
                ListenOrder(
                    addresses: found.here, offered: found.offered, ports: plan.ports,
                    options: plan.sockets.options(at: .here, [search.flow]), cipher: cipher))
        ]
    }

    /// This end listens once more.
    mutating func meetAgain(_ listening: ListeningPlaces, _ now: Instant) -> [SessionStep] {
        guard var search = reconnecting.search, !search.hasAsked else { return [] }
        search.hasAsked = true
        search.reach.offered = listening.endpoints
        reconnecting.search = search
        return [
            .send(
                .again(
                    MeetingOrder(
                        search.flow, round: search.round, secret: listening.secret,
                        endpoints: listening.endpoints, listenOn: search.reach.candidates.there)))
        ]
    }

    /// The other end listens once more.
    mutating func heardListening(
        _ endpoints: [Endpoint], _ round: Int64, _ now: Instant
    ) throws(ControlError) -> [SessionStep] {
        guard var search = reconnecting.search, search.round == round else { return [] }
        guard search.reach.listeningThere == nil, search.reach.allows(endpoints, plan.ports) else {
            throw .unexpected(verb: "listening")
        }
        search.reach.listeningThere = surroundings.forwarded?.endpoints(for: endpoints) ?? endpoints
        search.reach.callAt = now + HereCore.headStart
        reconnecting.search = search
        return []
    }

    /// A call of the other end came to nothing.
    mutating func heardUnreachable(
        _ failure: Reachability.Failure, _ round: Int64?
    ) throws(ControlError) {
        guard let round else {
            guard !reach.hasFailed(.there, flows: plan.flows.count) else {
                throw .unexpected(verb: "unreachable")
            }
            return reach.failures.append(failure)
        }
        guard let search = reconnecting.search, search.round == round else { return }
        guard !search.reach.hasFailed(.there, flows: 1) else {
            throw .unexpected(verb: "unreachable")
        }
        reconnecting.search?.reach.failures.append(failure)
    }

    /// A call of ours came to nothing.
    mutating func note(_ failure: Reachability.Failure) {
        if phase == .running {
            reconnecting.search?.reach.failures.append(failure)
        } else {
            reach.failures.append(failure)
        }
    }

    private mutating func callWhenDue(
        _ search: Reconnecting.Search, _ now: Instant
    ) -> [SessionStep] {
        guard let there = reconnecting.search?.reach.takeCall(now, flows: 1) else { return [] }
        return [.call(scoped(there), for: [search.flow])]
    }

    mutating func searchFailed(_ now: Instant) -> [SessionStep] {
        guard reconnecting.search != nil else { return [] }
        reconnecting.fail(now)
        return [.endMeeting]
    }

    /// What is lost now, and what the session went on after.
    var losses: LossFacts {
        var facts = LossFacts()
        facts.cuts =
            reconnecting.losses.map { CutFacts($0.flow, at: $0.began) }
            + (loginLoss.map { [CutFacts(nil, at: $0.began)] } ?? [])
        facts.reconnects = reconnects
        return facts
    }

    private func lostForGood(
        _ loss: Reconnecting.Loss, _ limit: Instant.Span, _ pathHint: String?
    ) -> Outcome {
        let name = "flow '\(loss.flow.rawValue)'"
        let after = loss.byteCount.map { " after \(Text.counted($0, "byte"))" } ?? ""
        return Outcome(
            OwnStatus.lost, "lost",
            "the connection of \(name) was lost\(after), and no other came about within "
                + "\(limit.seconds) s (tries: \(loss.tryCount))",
            hint: pathHint
                ?? "the reader's data is incomplete; --reconnect SECONDS sets how long to try")
    }
}
