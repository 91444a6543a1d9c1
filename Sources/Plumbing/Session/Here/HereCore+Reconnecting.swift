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
            if search.ends <= now || isInVain(search, view.isCalling) { return searchFailed(now) }
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
        guard let callAt = search.reach.callAt, let there = search.reach.listeningThere,
            callAt <= now || search.reach.candidates.isTranslated
                || search.reach.hasFailed(.there, flows: 1)
        else { return [] }
        reconnecting.search?.reach.callAt = nil
        reconnecting.search?.reach.hasCalled = true
        return [.call(scoped(there), for: [search.flow])]
    }

    /// Whether every call of either end came to nothing.
    private func isInVain(_ search: Reconnecting.Search, _ isCalling: Bool) -> Bool {
        search.chosen == nil && search.reach.hasCalled && !isCalling
            && search.reach.hasFailed(.there, flows: 1)
            && search.reach.hasFailed(.here, flows: 1)
    }

    mutating func searchFailed(_ now: Instant) -> [SessionStep] {
        guard reconnecting.search != nil else { return [] }
        reconnecting.fail(now)
        return [.endMeeting]
    }

    // MARK: The connection

    /// A connection has proved itself at an end.
    ///
    /// - Parameter isKnownThere: Whether it has there as well.
    mutating func admitAgain(
        _ name: ConnectionName, _ flow: Flow, isKnownThere: Bool
    ) -> [SessionStep] {
        guard let search = reconnecting.search, search.flow == flow, search.chosen == nil else {
            return []
        }
        if isKnownThere, search.admitted.contains(name) { return choose(name, search) }
        if isKnownThere { return [] }
        reconnecting.search?.admitted.append(name)
        return []
    }

    /// The other end called, and has proved itself here.
    mutating func admitCaller(_ name: ConnectionName, _ flow: Flow) -> [SessionStep] {
        guard let search = reconnecting.search, search.flow == flow, search.chosen == nil else {
            return []
        }
        return choose(name, search)
    }

    private mutating func choose(
        _ name: ConnectionName, _ search: Reconnecting.Search
    ) -> [SessionStep] {
        reconnecting.search?.chosen = name
        return [.resume(name, search.flow, from: search.byteCount)]
    }

    /// The flow goes on here: the other end must go on by the same connection.
    mutating func resumed(
        _ connection: Connection, _ resent: Int64, _ now: Instant
    ) -> [SessionStep] {
        guard let search = reconnecting.search,
            let loss = reconnecting.resumed(connection.flow, now)
        else { return [.endMeeting] }
        if let index = connections.firstIndex(where: { $0.flow == connection.flow }) {
            connections[index] = connection
        }
        if let network = surroundings.network, connection.name != nil, !connection.isWithin(network)
        {
            let error = SessionError.leavesNetwork(network.text, connection)
            return conclude(Outcome("lost", error), now)
        }
        let steps: [SessionStep] = [
            .send(
                connection.name.map { .go(connection.flow, $0, from: search.byteCount) }
                    ?? .bridge(connection.flow, from: search.byteCount, login: rejoinCount)),
            .endMeeting, .look(connection.flow),
        ]
        let facts = ReconnectFacts(
            CutFacts(connection.flow, at: loss.began), after: now - loss.began,
            tries: Int64(loss.tryCount), bytes: search.byteCount, resent: resent)
        reconnecting.note(connection.flow, resent: resent)
        // How much is sent again the end knows that sends it.
        if connection.flow.sender == .there { reconnecting.untold.append(facts) }
        return steps + (connection.flow.sender == .here ? note(facts) : [])
    }

    mutating func resumedThere(
        _ flow: Flow, _ resent: Int64
    ) throws(ControlError) -> [SessionStep] {
        guard plan.relay.keeps, used.contains(flow) else { throw .unexpected(verb: "resumed") }
        guard flow.sender == .there else { return [] }
        guard let index = reconnecting.untold.firstIndex(where: { $0.cut.flow == flow }) else {
            throw .unexpected(verb: "resumed")
        }
        let facts = reconnecting.untold.remove(at: index)
        reconnecting.note(flow, resent: resent)
        return note(
            ReconnectFacts(
                facts.cut, after: facts.after, tries: facts.tries, bytes: facts.bytes,
                resent: resent))
    }

    mutating func note(_ facts: ReconnectFacts) -> [SessionStep] {
        reconnects.append(facts)
        return [.detail(facts.sentence)]
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
