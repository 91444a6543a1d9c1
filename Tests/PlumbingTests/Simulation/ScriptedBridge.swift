import LinuxSystem
import Plumbing

/// One end of a flow that goes through the login: a connection of this host with itself, of which the
/// end of the flow has one side.
final class ScriptedBridge {
    let connection: ScriptedFlow
    private let end: End
    private var credit = Frame.window
    private var waiting = 0
    private var hasEnded = false
    private var isCut = false
    private var isToldOfCut = true

    init(_ flow: Flow, at end: End, _ agenda: Agenda) {
        connection = ScriptedFlow(flow, agenda)
        self.end = end
        connection.isLocal = true
    }

    var flow: Flow { connection.flow }

    func carry(_ frame: Frame) -> Frame? {
        switch frame {
        case .data(let chunk): waiting += chunk.count
        case .end: hasEnded = true
        case .cut: reset()
        case .credit(let byteCount):
            credit += byteCount
            connection.delivered += byteCount
        }
        return nil
    }

    /// The kernel refuses a call of ours.
    func fail() {
        guard !isCut else { return }
        reset()
        isToldOfCut = false
    }

    /// What is to be sent now.
    func advance() -> Frame? {
        if !isToldOfCut {
            isToldOfCut = true
            return .cut
        }
        if isCut { return nil }
        return flow.sender == end ? take() : give()
    }

    private func take() -> Frame? {
        let count = min(connection.unread, credit, 16)
        if count > 0 {
            connection.take(count)
            credit -= count
            return .data(.bytes([UInt8](repeating: 1, count: count)))
        }
        if connection.isBroken {
            isCut = true
            return .cut
        }
        guard connection.isAtEnd, !hasEnded else { return nil }
        hasEnded = true
        return .end
    }

    private func give() -> Frame? {
        if connection.isDeaf {
            isCut = true
            return .cut
        }
        guard waiting > 0 else {
            if hasEnded { connection.closeWriting() }
            return nil
        }
        guard connection.hasRoom else { return nil }
        let count = min(waiting, 16)
        waiting -= count
        _ = connection.write(count)
        return .credit(byteCount: count)
    }

    /// Resets our side of the connection, as the kernel does when this end dies.
    func reset() {
        guard !isCut else { return }
        isCut = true
        connection.reset(from: flow.sender == end ? end.peer : flow.sender)
    }
}
