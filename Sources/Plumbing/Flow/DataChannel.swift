import LinuxSystem

/// The TCP connection of one flow: our copy, kept for its counters and for the power to break it.
///
/// While a command may use it, only calls that change nothing are made on it, as `TCP_INFO`: reading
/// its error would take a reset away from the command that must see it (KERNEL H16).
package final class DataChannel {
    package var flow: Flow { admitted.flow }
    package var name: ConnectionName { admitted.name }
    /// The end that dialled.
    package var caller: End { admitted.caller }
    package let localEndpoint: Endpoint?
    package let peerEndpoint: Endpoint?
    /// The socket's inode, which names it in `/proc/PID/fd`.
    package let inode: UInt64
    package let congestionControl: String?
    private let admitted: Admitted
    private let end: End
    private var socket: OwnedDescriptor?
    private var hasClosedWriting = false
    /// What the kernel knows the connection by, once we have let go of it.
    private var identity: ConnectionIdentity?
    /// Whether somebody has the connection that we let go of.
    package private(set) var isHeldByOthers = false
    /// A connection that is closed later does not tell.
    private var hasReceivedFIN = false
    /// What was counted before we reset the connection, which zeroes its counters (KERNEL H17).
    private var kept: TCPCounters?
    /// Whether the kernel has counted the admission: one that does not count confirms nothing.
    package private(set) var countsBytes = false
    /// Who keeps the connection open as well, should we die before the commands.
    package var keeper: Guard?

    private static let mostStrayPieces = 256

    /// - Returns: `nil` when its socket was given away before.
    package init?(_ admitted: Admitted, at end: End) {
        guard let socket = admitted.takeSocket() else { return nil }
        let number = socket.number
        localEndpoint = TCP.localEndpoint(number)
        peerEndpoint = TCP.peerEndpoint(number)
        inode = Descriptor.inode(number)
        congestionControl = TCP.congestionControl(number)
        self.socket = consume socket
        self.admitted = admitted
        self.end = end
        countsBytes = (try? TCPCounters(of: number)).map { hasCountedAdmission($0) } ?? false
    }

    package var isOpen: Bool { socket != nil || isLetGo }
    package var isLetGo: Bool { identity != nil }

    /// The descriptor; -1, which is nobody's, when it is closed or let go of.
    package var number: CInt { socket?.number ?? -1 }

    func hasCountedAdmission(_ counters: TCPCounters) -> Bool {
        counters.acknowledged >= synCount + Int64(admitted.acknowledgedByteCount)
            && counters.received >= Int64(admitted.receivedByteCount)
    }

    /// The descriptor to give to a command, now a blocking socket that asks after a silent peer
    /// and is reset if this process dies before the orderly end.
    ///
    /// - Parameter heartbeat: How often to ask; our own stall limit, not the kernel's count of
    ///   answers, decides when to give up.
    package func descriptorForHandOff(heartbeat: Instant.Span) throws(Errno) -> CInt {
        let seconds = Int(max(1, heartbeat.seconds))
        try TCP.keepAlive(number, idle: seconds, interval: seconds, count: 127)
        try TCP.setResetOnClose(number, true)
        try socket?.setNonblocking(false)
        acknowledge()
        return number
    }

    /// Lets the peer know at once what came: it waits for that before it lets go of the connection.
    package func acknowledge() {
        if isOpen { try? TCP.acknowledge(number) }
    }

    /// Bounds the rate of what this end sends, before the connection carries anything.
    ///
    /// The corresponding socket option is `SO_MAX_PACING_RATE`.
    package func pace(bytesPerSecond rate: Int64) throws(Errno) {
        try TCP.setPacingRate(number, bytesPerSecond: rate)
    }

    package func counters() -> TCPCounters? { try? count() }

    /// What the kernel counted until now, or until we reset the connection.
    package func count() throws(Errno) -> TCPCounters {
        if let identity { return try count(identity) }
        if let kept { return kept }
        let counters = try TCPCounters(of: number)
        if counters.finIsReceived { hasReceivedFIN = true }
        return counters
    }

    /// The same of a connection that we let go of.
    private func count(_ identity: ConnectionIdentity) throws(Errno) -> TCPCounters {
        let found = identity.look()
        isHeldByOthers = found.map { $0.inode != 0 } ?? false
        // The FIN went out with the last descriptor.
        hasClosedWriting = !isHeldByOthers
        if let found {
            kept = found.counters
            return found.counters
        }
        guard var last = kept else { throw .notFound }
        last.unacknowledged = finIsAcknowledged(last) ? 0 : nil
        last.state = .closed
        kept = last
        return last
    }

    package enum LettingGo: Equatable, Sendable {
        case done
        /// Not before all is acknowledged and the peer takes more: the kernel gives up sooner on what
        /// nobody has open.
        case notYet
        /// The kernel does not tell of it, or a FIN would not be what goes out.
        case impossible
    }

    /// Leaves the end of the stream to the kernel, which knows who can still write where we cannot:
    /// the FIN goes out with the last descriptor, and `isHeldByOthers` tells when.
    ///
    /// Nothing can break the stream any more, so only when its command has ended well, or has closed it.
    package func letGo() -> LettingGo {
        guard socket != nil, let identity = ConnectionIdentity(of: number),
            let found = identity.look(), found.inode == inode,
            found.counters.state == .established,
            // What came upstream would make a reset of the last close (KERNEL H18).
            found.counters.received <= Int64(admitted.receivedByteCount)
        else { return .impossible }
        guard found.counters.unacknowledged == 0, found.counters.peerWindow != 0 else {
            return .notYet
        }
        do throws(Errno) {
            try TCP.keepCountersAfterClose(number)
            try TCP.setResetOnClose(number, false)
        } catch {
            return .impossible
        }
        kept = found.counters
        isHeldByOthers = true
        self.identity = identity
        keeper?.close(number)
        socket = nil
        _ = counters()
        return .done
    }

    /// No byte that the kernel counts is kept apart, whatever a command had asked for.
    package func keepUrgentDataInLine() {
        if isOpen { try? TCP.keepUrgentDataInLine(number) }
    }

    /// Bytes that wait here for the consumer.
    package var unreadByteCount: Int { isOpen ? TCP.unreadByteCount(number) : 0 }

    /// Whether bytes wait at this end for whoever takes them from here; `nil` where the kernel does
    /// not tell.
    ///
    /// Who writes faster than others read fills the buffer, and sleeps until a third of it is free.
    /// Whose stream is too short for that leaves whole segments unsent, which a slow writer never
    /// does.
    package func hasBacklog(_ counters: TCPCounters) -> Bool? {
        if let unsent = counters.notSent, let segment = counters.segmentSize, segment > 0,
            unsent >= segment
        {
            return true
        }
        guard isOpen else { return nil }
        return TCP.bufferFill(number, receiving: flow.sender != end).map { $0 >= 500 }
    }

    /// Whether a reset is waiting to be noticed by whoever reads or writes next.
    package var hasPendingError: Bool {
        if isLetGo { return kept?.state == .closed }
        return isOpen && Readiness.now(of: number, .errorsOnly).hasError
    }

    /// Takes a reset's error away, for whoever would have been told next: only when nobody else has
    /// the socket (KERNEL H16).
    ///
    /// What waits in the socket's error queue looks like a pending error to `poll` (KERNEL H30).
    /// - Returns: Whether it was there.
    package func takeReset() -> Bool {
        if isLetGo { return true }
        guard isOpen, let error = TCP.connectionError(number) else { return false }
        return error == .connectionReset || error == .brokenPipe
    }

    package func watch(_ readiness: inout Readiness) {
        if socket != nil { readiness.watch(number, .errorsOnly) }
    }

    /// Whether the last wait saw something on it.
    package func wasSeen(_ readiness: Readiness) -> Bool {
        socket != nil && readiness[number].isReady
    }

    /// Ends the writing direction in an orderly way.
    package func closeWriting() {
        // The socket of a flow that was reset meanwhile has nothing to shut down.
        if isOpen, (try? TCP.shutDownWriting(number)) != nil { hasClosedWriting = true }
    }

    /// Reads and drops bytes that nobody wants: only when no command uses this direction.
    ///
    /// - Returns: The bytes; none at end of stream, `nil` when there are none yet.
    package func drain(byteCount: Int) -> [UInt8]? {
        isOpen ? (try? TCP.receive(number, byteCount: byteCount)) ?? nil : nil
    }

    /// Resets the connection for everybody who holds it.
    ///
    /// - Returns: Whether it could; otherwise its holders must go first.
    package func reset() -> Bool {
        guard isOpen else { return true }
        var before = counters()
        do throws(Errno) { try TCP.disconnect(number) } catch { return false }
        before?.state = .closed
        kept = before
        return true
    }

    /// Closes our copy; with a reset unless the flow came to its orderly end.
    package func close(inOrder: Bool) {
        if inOrder, socket != nil {
            // What came upstream must not turn the close into a reset (KERNEL H18), which would
            // harm nobody after an acknowledged FIN: some process may write on and on.
            for _ in 0..<DataChannel.mostStrayPieces {
                guard let stray = drain(byteCount: 65536), !stray.isEmpty else { break }
            }
            _ = try? TCP.setResetOnClose(number, false)
        }
        if socket != nil { keeper?.close(number) }
        socket = nil
        identity = nil
    }

    /// The bytes of the flow itself that were written into this end, for a sender.
    package func writtenByteCount(_ counters: TCPCounters) -> Int64 {
        // All was acknowledged, and what became of a connection that is gone nobody else tells.
        if isLetGo { return acknowledgedByteCount(counters) }
        let counts = [sentByteCount(counters), settledByteCount(counters)].compactMap { $0 }
        guard let least = counts.min() else { return acknowledgedByteCount(counters) }
        return max(0, least - Int64(admitted.sentByteCount))
    }

    /// What was sent and what waits: too much where this host's own queues were full.
    private func sentByteCount(_ counters: TCPCounters) -> Int64? {
        guard let sent = counters.sent, let again = counters.retransmitted,
            let waiting = counters.notSent
        else { return nil }
        // Our FIN waits behind the last byte, and counts like one.
        return sent - again + waiting - (waiting > 0 ? finCount : 0)
    }

    /// What was acknowledged and what was not: too little where bytes were acknowledged meanwhile;
    /// one too much where a command itself sent a FIN before the connection was reset.
    private func settledByteCount(_ counters: TCPCounters) -> Int64? {
        let fin: Int64 = hasClosedWriting || counters.finIsSent ? 1 : 0
        return counters.unacknowledged.map { counters.acknowledged - synCount + $0 - fin }
    }

    /// The bytes of the flow that the peer's kernel acknowledged.
    package func acknowledgedByteCount(_ counters: TCPCounters) -> Int64 {
        let fin: Int64 = finIsAcknowledged(counters) ? 1 : 0
        return max(0, counters.acknowledged - synCount - fin - Int64(admitted.sentByteCount))
    }

    /// Whether our FIN was acknowledged. The state of a connection that both ends shut down is that
    /// of one that was reset: there the counts tell.
    package func finIsAcknowledged(_ counters: TCPCounters) -> Bool {
        guard counters.state == .closed else { return counters.finIsAcknowledged }
        if hasClosedWriting, counters.unacknowledged == 0 { return true }
        guard let sent = counters.sent, let again = counters.retransmitted else { return false }
        return counters.acknowledged - synCount == sent - again + 1
    }

    /// The bytes of the flow, once a FIN ends them; `nil` where acknowledgements come too fast to
    /// count what is acknowledged and what is not at the same moment.
    package func wholeByteCount() -> Int64? {
        if isLetGo, let counters = counters(), counters.state == .closed {
            return acknowledgedByteCount(counters)
        }
        for _ in 0..<16 {
            guard let before = counters(), let waiting = unacknowledgedByteCount,
                let after = counters()
            else { return nil }
            guard before.acknowledged == after.acknowledged else { continue }
            return before.acknowledged + waiting - 1 - synCount - Int64(admitted.sentByteCount)
        }
        return nil
    }

    private var unacknowledgedByteCount: Int64? {
        isLetGo ? counters()?.unacknowledged : TCP.unacknowledgedByteCount(number)
    }

    private var finCount: Int64 { hasClosedWriting ? 1 : 0 }

    /// The SYN counts like a byte where we dialled.
    private var synCount: Int64 { caller == end ? 1 : 0 }

    /// Whether the peer's FIN is here. Its kernel forgets after minutes what nobody has open there, and
    /// resets what asks after it.
    package func finIsReceived(_ counters: TCPCounters) -> Bool {
        counters.finIsReceived || counters.state == .closed && hasReceivedFIN
    }

    /// The other end has ended its stream of so many bytes: a connection that is closed with one more
    /// had its FIN, too.
    package func noteEnd(of byteCount: Int64, _ counters: TCPCounters) {
        guard counters.state == .closed, !hasReceivedFIN else { return }
        hasReceivedFIN = receivedByteCount(counters) == byteCount + 1
    }

    /// The bytes of the flow that arrived at this end, for a receiver.
    package func receivedByteCount(_ counters: TCPCounters) -> Int64 {
        let fin: Int64 = finIsReceived(counters) ? 1 : 0
        return max(0, counters.received - fin - Int64(admitted.receivedByteCount))
    }
}
