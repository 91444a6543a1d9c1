import LinuxSystem
import Relaying

/// The TCP connection of one flow: our copy, kept for its counters and for the power to break it.
///
/// While a command may use it, only calls that change nothing are made on it, as `TCP_INFO`: reading
/// its error would take a reset away from the command that must see it (KERNEL H16).
package final class DataChannel {
    package var flow: Flow { admitted.flow }
    /// Whether the flow goes through the login.
    package var isBridged: Bool { admitted.isBridged }
    /// Whether nothing may go by it that is not sealed.
    package var isSealed: Bool { cipher != nil }
    /// The end that dialled.
    package var caller: End { admitted.caller }
    package let localEndpoint: Endpoint?
    package let peerEndpoint: Endpoint?
    /// The socket's inode, which names it in `/proc/PID/fd`.
    package let inode: UInt64
    /// What the kernel made of the socket's options.
    let socketFacts: SocketFacts?
    private let admitted: Admitted
    private let end: End
    /// The bytes of the flow that earlier connections brought.
    package let base: Int64
    private var socket: OwnedDescriptor?
    private var cipher: (any RecordCipher)?
    private let wasSealed: Bool
    private var hasClosedWriting = false
    /// What the kernel knows the connection by, once we have let go of it.
    private var identity: ConnectionIdentity?
    /// Whether somebody has the connection that we let go of.
    package private(set) var isHeldByOthers = false
    /// A connection that is closed later does not tell.
    private var hasReceivedEnd = false
    /// What was counted before we reset the connection, which zeroes its counters (KERNEL H17).
    private var kept: TCPCounters?
    /// How much the other end says is whole: a connection that is closed with one more had its FIN.
    package var toldByteCount: Int64?
    /// What it carries besides the bytes of the flow, behind the admission.
    package var overhead: Int64 = 0
    /// Whether the kernel has counted the admission: one that does not count confirms nothing.
    package private(set) var countsBytes = false
    private var heartbeatSeconds = 1
    /// The most bytes a second that this end is to send.
    private var rate: Int64?
    /// Where its bytes go through the login.
    package var bridge: Bridge?
    /// Who keeps the connection open as well, should we die before the commands.
    package var keeper: Guard?

    private static let mostStrayPieces = 256

    /// - Parameter base: The bytes of the flow that earlier connections brought.
    /// - Returns: `nil` when its socket was given away before.
    package init?(_ admitted: Admitted, at end: End, from base: Int64 = 0) {
        guard let socket = admitted.takeSocket() else { return nil }
        let descriptor = socket.borrowed
        // What these would tell of is only this host.
        let isBridged = admitted.isBridged
        localEndpoint = isBridged ? nil : TCP.localEndpoint(descriptor)
        peerEndpoint = isBridged ? nil : TCP.peerEndpoint(descriptor)
        inode = descriptor.inode
        socketFacts =
            isBridged
            ? nil : SocketFacts(of: descriptor, admitted.flow.sender == end ? .send : .receive)
        self.socket = consume socket
        self.admitted = admitted
        self.base = base
        cipher = admitted.takeCipher()
        wasSealed = cipher != nil
        self.end = end
        countsBytes = (try? count())?.countsAdmission ?? false
    }

    private var isSender: Bool { flow.sender == end }
    package var isOpen: Bool { socket != nil || isLetGo }
    package var isLetGo: Bool { identity != nil }

    /// The descriptor; -1, which is nobody's, when it is closed or let go of.
    package var descriptor: Descriptor { socket?.borrowed ?? .closed }

    /// The descriptor to give to a command, now a blocking socket that asks after a silent peer
    /// and is reset if this process dies before the orderly end.
    ///
    /// - Parameter heartbeat: How often to ask; our own stall limit, not the kernel's count of
    ///   answers, decides when to give up.
    package func descriptorForHandOff(heartbeat: Instant.Span) throws(Errno) -> Descriptor {
        let seconds = Int(max(1, heartbeat.seconds))
        heartbeatSeconds = seconds
        try TCP.keepAlive(descriptor, idle: seconds, interval: seconds, count: 127)
        try TCP.setResetOnClose(descriptor, true)
        try socket?.setNonblocking(false)
        acknowledge()
        return descriptor
    }

    /// Makes it what the connection before it was to its relay.
    func prepareForRelay(like old: DataChannel) throws(Errno) {
        _ = try descriptorForHandOff(heartbeat: .seconds(Int64(old.heartbeatSeconds)))
        try socket?.setNonblocking(true)
        if let rate = old.rate { try pace(bytesPerSecond: rate) }
    }

    /// Takes nothing more from the peer, and acknowledges nothing more: what has come stays to be
    /// read, and an end comes behind it.
    package func freeze() {
        guard isOpen else { return }
        if let bridge { return bridge.freeze() }
        try? TCP.dropEverything(descriptor)
        try? TCP.shutDownReading(descriptor)
    }

    package var broughtByteCount: Int64? {
        wasSealed ? nil : bridge.map { base + $0.takenByteCount }
    }

    /// Lets the peer know at once what came: it waits for that before it lets go of the connection.
    package func acknowledge() {
        if isOpen { try? TCP.acknowledge(descriptor) }
    }

    /// Gives away, once, what seals or opens the records of the flow; `nil` if it goes in clear.
    package func takeCipher() -> (any RecordCipher)? { cipher.take() }

    /// The bytes of the flow that the peer's kernel has for certain.
    ///
    /// - Parameters:
    ///   - given: The bytes of the flow that the connections were given.
    ///   - overhead: What its records have added until now: of the last one they may have only the
    ///     beginning.
    package func certainByteCount(given: Int64, overhead: Int64) -> Int64 {
        self.overhead = overhead
        // One look without a lock, where all that the connection carries is the flow's.
        if bridge == nil, !wasSealed {
            return TCP.unacknowledgedByteCount(descriptor).map { max(base, given - $0) } ?? base
        }
        guard let count = try? count() else { return base }
        let unfinished = wasSealed ? Int64(SealedRecord.contentLimit) : 0
        // There only this host's own kernel acknowledges.
        let byteCount = bridge.map { base + $0.takenByteCount - overhead } ?? count.acknowledged
        return max(base, byteCount - unfinished)
    }

    /// Bounds the rate of what this end sends from now on; `nil` for no limit.
    ///
    /// The corresponding socket option is `SO_MAX_PACING_RATE`.
    package func pace(bytesPerSecond rate: Int64?) throws(Errno) {
        self.rate = rate
        try TCP.setPacingRate(descriptor, bytesPerSecond: rate)
    }

    /// Looks at the connection as it is now, or as it was when we reset it.
    package func observe() throws(Errno) -> Observation {
        var count = try count()
        if count.isClosed, !hasReceivedEnd, let toldByteCount, count.received == toldByteCount + 1 {
            hasReceivedEnd = true
            count = counted(count.counters)
        }
        var seen = count.observation
        seen.hasBacklog = hasBacklog(count)
        seen.path.socket = socketFacts
        if isSender {
            seen.hasPendingError = seen.isClosed && hasPendingError
        } else {
            // Asked last: once its FIN is here, nothing more arrives.
            seen.unread = unreadByteCount
        }
        return seen
    }

    /// The same, with what arrived and what waits of one moment where they come to rest.
    package func observeAtRest() throws(Errno) -> Observation {
        var seen = try observe()
        for _ in 0..<16 {
            let later = try observe()
            let isAtRest =
                (later.received, later.endIsReceived) == (seen.received, seen.endIsReceived)
            if isAtRest { break }
            seen = later
        }
        return seen
    }

    private func count() throws(Errno) -> Count { counted(try counters()) }

    func counted(_ counters: TCPCounters) -> Count {
        Count(
            counters: counters, admitted: admitted, base: base, overhead: overhead,
            hasDialled: caller == end,
            hasClosedWriting: hasClosedWriting, endWasReceived: hasReceivedEnd, isLetGo: isLetGo)
    }

    /// What the kernel counted until now, or until we reset the connection.
    private func counters() throws(Errno) -> TCPCounters {
        if let identity { return try counters(identity) }
        if let kept { return kept }
        let counters = try TCPCounters(of: descriptor)
        if counters.finIsReceived { hasReceivedEnd = true }
        return counters
    }

    /// The same of a connection that we let go of.
    private func counters(_ identity: ConnectionIdentity) throws(Errno) -> TCPCounters {
        let found = identity.look()
        isHeldByOthers = found.map { $0.inode != 0 } ?? false
        // The FIN went out with the last descriptor.
        hasClosedWriting = !isHeldByOthers
        if let found {
            kept = found.counters
            return found.counters
        }
        guard var last = kept else { throw .notFound }
        last.unacknowledged = counted(last).endIsAcknowledged ? 0 : nil
        last.state = .closed
        kept = last
        return last
    }

    /// Leaves the end of the stream to the kernel, which knows who can still write where we cannot:
    /// the FIN goes out with the last descriptor, and `isHeldByOthers` tells when.
    ///
    /// Nothing can break the stream any more, so only when its command has ended well, or has closed it.
    package func letGo() -> LettingGo {
        guard socket != nil, let identity = ConnectionIdentity(of: descriptor),
            let found = identity.look(), found.inode == inode,
            found.counters.state == .established,
            // What came upstream would make a reset of the last close (KERNEL H18).
            found.counters.received <= Int64(admitted.receivedByteCount)
        else { return .impossible }
        guard found.counters.unacknowledged == 0, found.counters.peerWindow != 0 else {
            return .notYet
        }
        do throws(Errno) {
            try TCP.keepCountersAfterClose(descriptor)
            try TCP.setResetOnClose(descriptor, false)
        } catch {
            return .impossible
        }
        kept = found.counters
        isHeldByOthers = true
        self.identity = identity
        keeper?.close(descriptor)
        socket = nil
        _ = try? counters()
        return .done
    }

    /// No byte that the kernel counts is kept apart, whatever a command had asked for.
    package func keepUrgentDataInLine() {
        if isOpen { try? TCP.keepUrgentDataInLine(descriptor) }
    }

    /// Bytes that wait here for the consumer.
    var unreadByteCount: Int { isOpen ? TCP.unreadByteCount(descriptor) : 0 }

    private func hasBacklog(_ count: Count) -> Bool? {
        if count.hasUnsentSegment { return true }
        guard isOpen else { return nil }
        return TCP.bufferFill(descriptor, receiving: !isSender).map { $0 >= 500 }
    }

    /// Whether a reset is waiting for the next process that reads or writes.
    var hasPendingError: Bool {
        if isLetGo { return kept?.state == .closed }
        return isOpen && Readiness.now(of: descriptor, .errorsOnly).hasError
    }

    /// Takes a reset's error away, which the next process would see: only when no other has the
    /// socket (KERNEL H16).
    ///
    /// What waits in the socket's error queue looks like a pending error to `poll` (KERNEL H30).
    /// - Returns: Whether it was there.
    package func takeReset() -> Bool {
        if isLetGo { return true }
        guard isOpen, let error = TCP.connectionError(descriptor) else { return false }
        return error == .connectionReset || error == .brokenPipe
    }

    package func watch(_ readiness: inout Readiness) {
        if socket != nil { readiness.watch(descriptor, .errorsOnly) }
    }

    /// Whether the last wait saw something on it.
    package func wasSeen(_ readiness: Readiness) -> Bool {
        socket != nil && readiness[descriptor].isReady
    }

    /// Ends the writing direction in an orderly way.
    package func closeWriting() {
        // The socket of a flow that was reset meanwhile has nothing to shut down.
        if isOpen, (try? TCP.shutDownWriting(descriptor)) != nil { hasClosedWriting = true }
    }

    /// Reads and drops bytes that nobody wants: only when no command uses this direction.
    ///
    /// - Returns: The bytes; none at end of stream, `nil` when there are none yet.
    package func drain(byteCount: Int) -> [UInt8]? {
        isOpen ? (try? TCP.receive(descriptor, byteCount: byteCount)) ?? nil : nil
    }

    /// Resets the connection for everybody who holds it.
    ///
    /// - Returns: Whether it could; otherwise its holders must go first.
    package func reset() -> Bool {
        guard isOpen else { return true }
        var before = try? counters()
        do throws(Errno) { try TCP.disconnect(descriptor) } catch { return false }
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
            _ = try? TCP.setResetOnClose(descriptor, false)
        }
        if socket != nil { keeper?.close(descriptor) }
        socket = nil
        identity = nil
    }

    /// The bytes of the flow, once a FIN ends them; `nil` where acknowledgements come too fast to
    /// count what is acknowledged and what is not at the same moment.
    package func wholeByteCount() -> Int64? {
        if isLetGo, let count = try? count(), count.isClosed { return count.acknowledged }
        for _ in 0..<16 {
            guard let before = try? count(), let waiting = unacknowledgedByteCount,
                let after = try? count()
            else { return nil }
            if before.counters.acknowledged == after.counters.acknowledged {
                return before.whole(waiting)
            }
        }
        return nil
    }

    private var unacknowledgedByteCount: Int64? {
        isLetGo ? (try? counters())?.unacknowledged : TCP.unacknowledgedByteCount(descriptor)
    }
}
