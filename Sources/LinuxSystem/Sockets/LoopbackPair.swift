import CLinux

/// A TCP connection of this host with itself, in which bytes go one way; both ends are close-on-exec.
///
/// Its bytes lie in whole pages, so that they can be spliced out for less than those of a
/// ``SocketPair``. Frozen, so that its ends can be given away singly.
@frozen
public struct LoopbackPair: ~Copyable {
    /// Resets the connection when it is closed before the end.
    public var reader: OwnedDescriptor
    public var writer: OwnedDescriptor

    /// What takes longer on loopback has something in its way; our callers have others waiting.
    private static let patience = Instant.Span.milliseconds(10)

    /// - Parameter window: What it should take before it is read, in bytes, where that is ours to
    ///   say (`SO_RCVBUFFORCE`); the kernel decides elsewhere.
    /// - Throws: Where there is no loopback, or a filter is in the way: `timedOut`.
    package init(window: Int) throws(Errno) {
        let deadline = Instant.now + LoopbackPair.patience
        let listener = try Listener(on: .loopbackIPv4, ports: nil, maximumSegment: nil)
        let writer = try TCP.socket(for: .loopbackIPv4, maximumSegment: nil)
        // Nothing is lost on the way, and no pace is to be kept: what this host has for others may
        // be BBR, which keeps one.
        for number in [listener.socket.number, writer.number] {
            TCP.setCongestionControl(number, "reno")
        }
        if try !TCP.connect(writer, to: listener.endpoint) {
            try LoopbackPair.wait(for: writer.number, .writing, until: deadline)
            if let error = TCP.connectionError(writer.number) { throw error }
        }
        let reader = try LoopbackPair.accept(writer.number, listener, until: deadline)
        _ = linux_set_option(reader.number, SOL_SOCKET, SO_RCVBUFFORCE, CInt(window))
        try TCP.setResetOnClose(reader.number, true)
        try reader.setNonblocking(false)
        try writer.setNonblocking(false)
        self.reader = reader
        self.writer = writer
    }

    /// Takes the caller, and turns away whoever else found the port meanwhile.
    private static func accept(
        _ caller: CInt, _ listener: borrowing Listener, until deadline: Instant
    ) throws(Errno) -> OwnedDescriptor {
        let own = TCP.localEndpoint(caller)
        while true {
            if let accepted = try listener.accept() {
                if own != nil, TCP.peerEndpoint(accepted.number) == own { return accepted }
            } else {
                try wait(for: listener.socket.number, .reading, until: deadline)
            }
        }
    }

    private static func wait(
        for number: CInt, _ interest: Readiness.Interest, until deadline: Instant
    ) throws(Errno) {
        var readiness = Readiness()
        readiness.watch(number, interest)
        try readiness.wait(until: deadline)
        guard readiness[number].isReady else { throw .timedOut }
    }
}
