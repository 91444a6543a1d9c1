import LinuxSystem

/// A login's channel on its way to a session that lives on; then the place that this process holds for
/// it: the login ends when its process ends.
package final class Handover {
    package enum Result: Sendable {
        /// Nobody took it.
        case refused(Failure)
        /// The session is over, or has another login: end so.
        case over(Outcome.Ending)
    }

    enum News {
        /// The channel is the session's: let go of it.
        case taken
        case result(Result)
    }

    /// How long whoever has the session's name may take for an answer.
    private static let patience = Instant.Span.seconds(20)
    /// The answers, of a byte each: the last two with the status or signal to end by.
    static let (refused, taken, exited, killed): (UInt8, UInt8, UInt8, UInt8) = (0, 1, 2, 3)

    private let rejoining: Rejoining
    private let until = Instant.now + Handover.patience
    private var socket: LocalSocket?
    private var isTaken = false

    init(_ rejoining: Rejoining) { self.rejoining = rejoining }

    func watch(_ readiness: inout Readiness) {
        if let descriptor = socket?.descriptor { readiness.watch(descriptor, .reading) }
    }

    var deadline: Instant {
        if isTaken { return .distantFuture }
        return socket == nil ? min(until, .now + .milliseconds(50)) : until
    }

    /// - Parameter channel: What is to be handed over.
    func advance(_ readiness: Readiness, _ channel: ControlChannel?) -> News? {
        if !isTaken, .now >= until { return .result(.refused(.noSession)) }
        do throws(Errno) {
            guard let descriptor = socket?.descriptor else {
                try call(channel)
                return nil
            }
            return readiness[descriptor].isReady ? try hear() : nil
        } catch .wouldBlock {
            return nil
        } catch {
            return lost(error)
        }
    }

    private func call(_ channel: ControlChannel?) throws(Errno) {
        let socket = try LocalSocket.connected(to: SessionDoor.name(of: rejoining.session))
        // Another user may have taken the name of a session that is over.
        guard socket.isOfOurUser else { throw .connectionRefused }
        try channel?.handOver(rejoining, to: socket)
        self.socket = consume socket
    }

    private func hear() throws(Errno) -> News {
        let bytes = try socket?.receive(byteCount: 2).bytes ?? []
        switch (bytes.first, isTaken) {
        case (Handover.taken, false):
            isTaken = true
            return .taken
        case (Handover.exited, true) where bytes.count == 2:
            return .result(.over(.exit(CInt(bytes[1]))))
        case (Handover.killed, true) where bytes.count == 2:
            return .result(.over(.signal(CInt(bytes[1]))))
        default: return lost(.brokenPipe)
        }
    }

    private func lost(_ error: Errno) -> News {
        if isTaken { return .result(.over(.exit(OwnStatus.lost))) }
        switch error {
        case .connectionRefused, .brokenPipe, .connectionReset:
            return .result(.refused(.noSession))
        case .protocolError:
            return .result(.refused(.protocolError(ControlError.unexpected(verb: "").sentence)))
        default: return .result(.refused(.system(error)))
        }
    }
}
