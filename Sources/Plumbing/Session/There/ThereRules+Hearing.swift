import LinuxSystem

extension RunOrder {
    /// Which end of the remote command breaks what it wrote.
    fileprivate var breaking: SendingRules.Breaking {
        isStrict ? .anyFailure : deliversAll ? .nothing : .killed
    }
}

/// What the other end says, from its invitation to its last word.
extension ThereRules {
    /// How much longer than the other end, which decides when it is too late, we wait for its word.
    private static let meetingGrace = Instant.Span.seconds(10)

    /// Takes what the other end said.
    package mutating func receive(
        _ message: ControlMessage, _ now: Instant
    ) throws(ControlError) -> [Step] {
        if ending != nil {
            if case .cancel = message { cancelled() }
            return []
        }
        switch message {
        case .invite(let invitation): return try accept(invitation, now)
        case .run(let order):
            guard self.order == nil, phase == .meeting else { throw .unexpected(verb: "run") }
            self.order = order
        case .word(let bytes, let isWhole):
            guard let order, phase == .meeting else { throw .tooManyWords }
            try words.add(bytes, isWhole, of: order.wordCount)
        case .use(let flow, let name): return try use(name, flow) + startWhenReady()
        case .credit(let byteCount): return [.grant(byteCount: byteCount)]
        case .broken(let flow): return [.peerBroke(flow)]
        case .whole(let flow, let byteCount):
            guard hearsOfEnds, flow.sender == .here else { throw .unexpected(verb: "whole") }
            return [.peerIsWhole(flow, byteCount: byteCount)]
        case .alive: return []
        case .cancel: return part(.exit(OwnStatus.lost), isOrderly: false)
        case .done: return part(.exit(0), isOrderly: true)
        default: throw .unexpected(verb: message.line.verb)
        }
        return startWhenReady()
    }

    private mutating func accept(
        _ invitation: Invitation, _ now: Instant
    ) throws(ControlError) -> [Step] {
        guard phase == .greeting, !invitation.flows.isEmpty else {
            throw .unexpected(verb: "invite")
        }
        phase = .meeting
        flows = invitation.flows
        protocolVersion = invitation.protocolVersion
        liveness = Liveness(limit: .seconds(invitation.stallSeconds), now: now)
        if invitation.rendezvousSeconds > 0 {
            meetingEnds = now + .seconds(invitation.rendezvousSeconds) + ThereRules.meetingGrace
        }
        return [.meet(invitation)]
    }

    private mutating func use(_ name: ConnectionName, _ flow: Flow) throws(ControlError) -> [Step] {
        guard phase == .meeting, !used.contains(flow),
            admitted.contains(where: { $0.name == name && $0.flow == flow })
        else { throw .unexpected(verb: "use") }
        used.append(flow)
        return [.use(name, flow, order?.breaking ?? .killed)]
    }

    private mutating func startWhenReady() -> [Step] {
        guard phase == .meeting, let order, words.count == order.wordCount, words.count > 0,
            flows.allSatisfy({ used.contains($0) })
        else { return [] }
        phase = .running
        meetingEnds = nil
        return [.start(order, words.take())]
    }

    /// The other end, or whoever brought its words, is gone.
    package mutating func channelEnded(_ now: Instant) -> [Step] {
        switch phase {
        case .greeting: fail(.noInput)
        case .meeting, .running: leave(.exit(OwnStatus.lost), now)
        case .parting: []
        }
    }
}
