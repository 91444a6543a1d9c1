import CLinux

/// A TCP connection of this host with itself, for bytes in one direction; both ends are
/// close-on-exec.
///
/// Its bytes fill whole pages, so a splice out of it costs less than out of a ``SocketPair``.
/// Frozen, so that you can give away its ends one by one.
@frozen
public struct LoopbackPair: ~Copyable {
    /// Resets the connection if it closes before the end of the stream.
    public var reader: OwnedDescriptor
    public var writer: OwnedDescriptor

    /// If it takes longer on loopback, something is in the way, and our caller has other work.
    package static let patience = Instant.Span.milliseconds(10)

    /// Listens on 127.0.0.1, connects, and accepts only its own connection.
    ///
    /// - Parameters:
    ///   - window: The bytes it should hold for its reader, if we may say so (`SO_RCVBUFFORCE`);
    ///     otherwise the kernel decides.
    ///   - patience: How long to wait for it.
    /// - Throws: `timedOut` if a filter is in the way; another error if there is no loopback.
    package init(
        window: Int, patience: Instant.Span = LoopbackPair.patience
    ) throws(Errno) {
        let deadline = Instant.now + patience
        let listener = try Listener(on: .loopbackIPv4, ports: nil)
        let writer = try TCP.socket(for: .loopbackIPv4)
        // Loopback loses nothing and needs no pacing, but this host's default may be BBR, which
        // paces.
        for socket in [listener.socket.borrowed, writer.borrowed] {
            try? TCP.setCongestionControl(socket, "reno")
        }
        if try !TCP.connect(writer, to: listener.endpoint) {
            try LoopbackPair.wait(for: writer.borrowed, .writing, until: deadline)
            if let error = TCP.connectionError(writer.borrowed) { throw error }
        }
        let reader = try LoopbackPair.accept(writer.borrowed, listener, until: deadline)
        _ = linux_set_option(reader.number, SOL_SOCKET, SO_RCVBUFFORCE, CInt(window))
        try TCP.setResetOnClose(reader.borrowed, true)
        try reader.setNonblocking(false)
        try writer.setNonblocking(false)
        self.reader = reader
        self.writer = writer
    }

    /// Accepts the caller, and drops any stranger that found the port meanwhile.
    private static func accept(
        _ caller: Descriptor, _ listener: borrowing Listener, until deadline: Instant
    ) throws(Errno) -> OwnedDescriptor {
        let own = TCP.localEndpoint(caller)
        while true {
            if let accepted = try listener.accept() {
                if own != nil, TCP.peerEndpoint(accepted.borrowed) == own { return accepted }
            } else {
                try wait(for: listener.socket.borrowed, .reading, until: deadline)
            }
        }
    }

    private static func wait(
        for descriptor: Descriptor, _ interest: Readiness.Interest, until deadline: Instant
    ) throws(Errno) {
        var readiness = Readiness()
        readiness.watch(descriptor, interest)
        try readiness.wait(until: deadline)
        guard readiness[descriptor].isReady else { throw .timedOut }
    }
}
