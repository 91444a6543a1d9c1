import LinuxSystem
import Relaying

/// The flows that go through the login.
extension KernelWorld {
    /// Whether messages would not have to wait long behind more bytes of the flows.
    var hasRoomForData: Bool { backlog < Frame.maximumByteCount / 2 }

    func bridge(
        _ flow: Flow, _ breaking: SendingRules.Breaking, hearsOfEnd: Bool
    ) -> Joining<HostParts> {
        let channel: DataChannel?
        do throws(Errno) { channel = try bridge(flow) } catch { return .fails(error) }
        guard let channel, channel.countsBytes else { return .lacks(.countsNothing) }
        return .joined(
            HostFlowEnd(channel, at: end, breaking: breaking, hearsOfEnd: hearsOfEnd),
            Connection(bridging: flow))
    }

    /// The flow's side of a connection of this host with itself.
    private func bridge(
        _ flow: Flow, turn: Int64 = 0, from byteCount: Int64 = 0
    ) throws(Errno) -> DataChannel? {
        let seals = seals ?? keptSeals
        let bridge = try Bridge(flow, at: end, seals?.key(throughLogin: flow, turn: turn))
        let channel = DataChannel(bridge.connection, at: end, from: byteCount)
        channel?.bridge = bridge
        bridges.append(bridge)
        control?.spliceData()
        return channel
    }

    func rebridge(_ end: HostFlowEnd, from byteCount: Int64) throws(Errno) -> Int64 {
        let turn = (end.cuts?.turn ?? 0) + 1
        guard let channel = try bridge(end.flow, turn: turn, from: byteCount), channel.countsBytes
        else { throw .notConnected }
        return end.resume(on: channel, from: byteCount)
    }

    func dropBridge(_ flow: Flow) { bridges.removeAll { $0.flow == flow } }

    func carry(_ flow: Flow, _ frame: Frame) throws(ControlError) -> Frame? {
        guard let bridge = bridges.first(where: { $0.flow == flow }) else { return nil }
        guard case .data(.inPipe(let byteCount)) = frame else { return try bridge.take(frame) }
        return try control?.takeData().flatMap { pipe throws(ControlError) in
            try bridge.take(byteCount, from: pipe)
        }
    }

    func send(_ chunk: Chunk, of flow: Flow) {
        switch chunk {
        case .bytes(let bytes): control?.send(bytes, of: flow)
        case .inPipe(let byteCount):
            guard let pipe = bridges.first(where: { $0.flow == flow })?.pipe else { return }
            control?.send(byteCount, from: pipe, of: flow)
        }
    }

    func advanceBridges(_ readiness: Readiness) -> [SessionEvent] {
        bridges.compactMap { bridge in
            bridge.advance(readiness, splicing: control?.takesPipes ?? false).map {
                .bridged(bridge.flow, $0)
            }
        }
    }
}
