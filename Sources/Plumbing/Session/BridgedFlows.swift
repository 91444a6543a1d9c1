/// The flows that go through the login, as the core of one end knows them.
struct BridgedFlows: Sendable {
    let end: End
    private var flows: [Flow] = []

    init(at end: End) { self.end = end }

    mutating func add(_ flow: Flow) { flows.append(flow) }

    /// The login is lost, and they with it.
    mutating func takeAll() -> [Flow] {
        defer { flows = [] }
        return flows
    }

    var isEmpty: Bool { flows.isEmpty }

    func contains(_ flow: Flow) -> Bool { flows.contains(flow) }

    /// What follows from what the other end says of such a flow.
    func heard(_ message: ControlMessage) throws(ControlError) -> [SessionStep] {
        switch message {
        // The bytes come behind it.
        case .data(let flow, _) where brings(flow): []
        case .end(let flow) where brings(flow): [.carry(flow, .end)]
        case .cut(let flow) where flows.contains(flow): [.carry(flow, .cut)]
        case .flowCredit(let flow, let count) where flows.contains(flow) && flow.sender == end:
            [.carry(flow, .credit(byteCount: count))]
        default: throw .unexpected(verb: message.line.verb)
        }
    }

    /// The bytes of such a flow.
    func heard(_ chunk: Chunk, of flow: Flow) -> [SessionStep] {
        brings(flow) ? [.carry(flow, .data(chunk))] : []
    }

    /// What our bridge has for the other end.
    func send(_ frame: Frame, of flow: Flow) -> [SessionStep] {
        switch frame {
        case .data(let chunk): [.sendData(flow, chunk)]
        case .end: [.send(.end(flow))]
        case .cut: [.send(.cut(flow))]
        case .credit(let byteCount): [.send(.flowCredit(flow, byteCount: byteCount))]
        }
    }

    /// Whether the other end has bytes of the flow for us.
    private func brings(_ flow: Flow) -> Bool { flows.contains(flow) && flow.sender != end }
}
