import LinuxSystem
import Relaying
import Sealing

/// What the other end says, from its invitation to its last word.
extension ThereCore {
    /// How much longer than the other end, which decides when it is too late, we wait for its word.
    private static let meetingGrace = Instant.Span.seconds(10)

    mutating func hear(_ line: ControlLine, _ now: Instant) -> [SessionStep] {
        liveness.heard()
        do throws(ControlError) { return try receive(ControlMessage(line), now) } catch {
            return fail(.protocolError(error.sentence), now)
        }
    }

    private mutating func receive(
        _ message: ControlMessage, _ now: Instant
    ) throws(ControlError) -> [SessionStep] {
        if ending != nil {
            // The other end leaves as well.
            if case .cancel = message { awaitsCancel = false }
            return []
        }
        switch message {
        case .invite(let invitation): return try accept(invitation, now)
        case .rejoin(let rejoining):
            guard phase == .greeting else { throw .unexpected(verb: "rejoin") }
            phase = .standingBy
            return [.handOver(rejoining)]
        case .run(let order):
            guard self.order == nil, phase == .meeting, mayRun(order) else {
                throw .unexpected(verb: "run")
            }
            self.order = order
        case .word(let bytes, let isWhole):
            guard let order, phase == .meeting else { throw .tooManyWords }
            try words.add(bytes, isWhole, of: order.wordCount)
        case .use(let flow, let name): return try use(name, flow)
        case .bridge(let flow, nil, _): return try bridge(flow)
        case .bridge(let flow, let byteCount?, let login):
            return try rebridge(flow, byteCount, by: login)
        case .data(.out, let byteCount) where hasToldEnd && bridged.isEmpty:
            sink.announce(byteCount)
        case .data, .end, .cut, .flowCredit: return try bridged.heard(message)
        case .credit(let byteCount): return [.grant(byteCount: byteCount)]
        case .rate(let flow, let rate):
            guard isRunning, flow.sender == .there else { throw .unexpected(verb: "rate") }
            return [.pace(flow, bytesPerSecond: rate == 0 ? nil : rate)]
        case .again(let meeting): return try meet(meeting)
        case .go(let flow, let name, let byteCount): return try resume(flow, name, byteCount)
        case .lost(let flow, let turn): return try lost(flow, turn)
        case .have(let flow, let rest, let turn): return try hear(rest, of: flow, turn)
        case .broken(let flow): return [.peerBroke(flow)]
        case .whole(let flow, let byteCount):
            guard hearsOfEnds, flow.sender == .here else { throw .unexpected(verb: "whole") }
            return [.peerIsWhole(flow, byteCount: byteCount)]
        case .alive: return []
        case .cancel: return part(.exit(OwnStatus.lost), now, isOrderly: false)
        case .done: return part(.exit(0), now, isOrderly: true)
        default: throw .unexpected(verb: message.line.verb)
        }
        return startWhenReady()
    }

    private mutating func accept(
        _ invitation: Invitation, _ now: Instant
    ) throws(ControlError) -> [SessionStep] {
        guard phase == .greeting, !invitation.flows.isEmpty,
            invitation.cipher.map({ hello.ciphers.contains($0) }) ?? true
        else {
            throw .unexpected(verb: "invite")
        }
        phase = .meeting
        self.invitation = invitation
        liveness = Liveness(limit: .seconds(invitation.stallSeconds), now: now)
        if invitation.rendezvousSeconds > 0 {
            meetingEnds = now + .seconds(invitation.rendezvousSeconds) + ThereCore.meetingGrace
        }
        let listening = SessionStep.listen(
            ListenOrder(
                secret: invitation.secret, addresses: invitation.listenOn,
                ports: invitation.ports,
                options: invitation.sockets.options(at: .there, invitation.flows),
                cipher: invitation.cipher,
                sought: invitation.sought.map { Word($0) }, session: invitation.keep?.session))
        guard invitation.keep != nil else { return [listening] }
        return [.keepLines, listening, .outliveLogin]
    }

    /// Says where we listen, and calls: where there is no port to listen on, that may still do.
    mutating func tell(_ listening: ListeningPlaces, _ now: Instant) -> [SessionStep] {
        if isRunning { return tellAgain(listening) }
        guard phase == .meeting, let invitation else { return [] }
        if let obstacle = listening.obstacle { return fail(.socket(obstacle), now) }
        let endpoints = invitation.endpoints.map {
            Candidates.scoped($0, own: own, near: hello.ssh?.server)
        }
        return [
            .send(
                .listening(
                    listening.endpoints, refusal: listening.refusal, lack: listening.lack)),
            .call(endpoints, for: invitation.flows),
        ]
    }

    /// A connection has proved itself.
    mutating func admit(_ name: ConnectionName, _ flow: Flow) -> [SessionStep] {
        guard phase == .meeting || meeting?.flow == flow else { return [] }
        admitted.append((name, flow))
        return [.send(.admitted(name, flow))]
    }

    /// Whether the data goes in clear if, and only if, that was agreed on.
    private func mayRun(_ order: RunOrder) -> Bool {
        guard invitation?.cipher != nil else { return order.relay?.isSealed != true }
        return order.relay?.isSealed == true && order.relay?.isForReaders == false
    }

    private mutating func use(
        _ name: ConnectionName, _ flow: Flow
    ) throws(ControlError) -> [SessionStep] {
        guard phase == .meeting, !used.contains(flow),
            admitted.contains(where: { $0.name == name && $0.flow == flow })
        else { throw .unexpected(verb: "use") }
        used.append(flow)
        return [.use(name, flow, order?.breaking ?? .killed, hearsOfEnd: hearsOfEnds)]
    }

    private mutating func bridge(_ flow: Flow) throws(ControlError) -> [SessionStep] {
        guard phase == .meeting, !used.contains(flow), invitation?.flows.contains(flow) == true
        else { throw .unexpected(verb: "bridge") }
        used.append(flow)
        bridged.add(flow)
        return [.bridge(flow, order?.breaking ?? .killed, hearsOfEnd: hearsOfEnds)]
    }

    mutating func startWhenReady() -> [SessionStep] {
        guard phase == .meeting, let order, let invitation, words.count == order.wordCount,
            words.count > 0, invitation.flows.allSatisfy({ joined.contains($0) })
        else { return [] }
        phase = .running
        meetingEnds = nil
        let words = words.take().map { Word($0) }
        return [.endMeeting] + (order.isQuiet ? [.say(.nothingMore)] : []) + [
            .say(.warningOfPlace(words, record: order.relay?.record?.size)),
            .start(startOrder(order, words)),
        ]
    }
}
