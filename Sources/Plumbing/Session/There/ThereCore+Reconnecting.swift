import LinuxSystem
import Relaying

/// How a flow whose connection is lost gets another: the other end leads.
extension ThereCore {
    /// Whether the flow may go on after a loss.
    private func keeps(_ flow: Flow) -> Bool {
        isRunning && order?.relay?.keeps == true && used.contains(flow)
    }

    mutating func lost(_ flow: Flow, _ turn: Int64) throws(ControlError) -> [SessionStep] {
        guard keeps(flow), flow.sender == .here else { throw .unexpected(verb: "lost") }
        return [.cut(flow, turn: turn)]
    }

    mutating func hear(
        _ rest: FlowRest, of flow: Flow, _ turn: Int64
    ) throws(ControlError) -> [SessionStep] {
        guard keeps(flow), flow.sender == .there else { throw .unexpected(verb: "have") }
        return [.peerHas(flow, rest, turn: turn)]
    }

    mutating func meet(_ meeting: MeetingOrder) throws(ControlError) -> [SessionStep] {
        guard keeps(meeting.flow), let invitation else { throw .unexpected(verb: "again") }
        self.meeting = meeting
        admitted = []
        return [
            .listen(
                ListenOrder(
                    secret: meeting.secret, addresses: meeting.listenOn, ports: invitation.ports,
                    options: invitation.sockets.options(at: .there, [meeting.flow]),
                    cipher: invitation.cipher))
        ]
    }

    /// Says where we listen, and calls.
    mutating func tellAgain(_ listening: ListeningPlaces) -> [SessionStep] {
        guard let meeting else { return [] }
        let endpoints = meeting.endpoints.map {
            Candidates.scoped($0, own: own, near: hello.ssh?.server)
        }
        return [
            .send(
                .listening(
                    listening.endpoints, refusal: listening.refusal, round: meeting.round)),
            .call(endpoints, for: [meeting.flow]),
        ]
    }

    mutating func resume(
        _ flow: Flow, _ name: ConnectionName, _ byteCount: Int64
    ) throws(ControlError) -> [SessionStep] {
        guard keeps(flow), meeting?.flow == flow,
            admitted.contains(where: { $0.name == name && $0.flow == flow })
        else { throw .unexpected(verb: "go") }
        meeting = nil
        return [.resume(name, flow, from: byteCount)]
    }

    /// What the flow was to go on by is gone.
    func missed(_ flow: Flow) -> [SessionStep] {
        [.send(.resumed(flow, resent: 0)), .miss(flow)]
    }

    /// The flow goes on through the login.
    mutating func rebridge(
        _ flow: Flow, _ byteCount: Int64, by login: Int64
    ) throws(ControlError) -> [SessionStep] {
        guard keeps(flow), !bridged.contains(flow), login <= self.login else {
            throw .unexpected(verb: "bridge")
        }
        if login < self.login { return missed(flow) }
        bridged.add(flow)
        return [.rebridge(flow, from: byteCount)]
    }
}
