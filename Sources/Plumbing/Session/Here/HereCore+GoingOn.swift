import LinuxSystem
import Relaying

/// How a flow goes on by the connection that was found for it.
extension HereCore {
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
}
