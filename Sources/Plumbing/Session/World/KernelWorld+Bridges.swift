import LinuxSystem
import Relaying

/// The flows that go through the login.
extension KernelWorld {
    /// Whether messages would not have to wait long behind more bytes of the flows.
    var hasRoomForData: Bool { backlog < Frame.maximumByteCount / 2 }

    func bridge(
        _ flow: Flow, _ breaking: SendingRules.Breaking, hearsOfEnd: Bool
    ) -> Joining<HostParts> {
        let bridge: Bridge
        do throws(Errno) {
            bridge = try Bridge(flow, at: end, seals?.key(throughLogin: flow))
        } catch { return .fails(error) }
        guard let channel = DataChannel(bridge.connection, at: end), channel.countsBytes else {
            return .lacks(.countsNothing)
        }
        bridges.append(bridge)
        control?.spliceData()
        return .joined(
            HostFlowEnd(channel, at: end, breaking: breaking, hearsOfEnd: hearsOfEnd),
            Connection(bridging: flow))
    }

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
