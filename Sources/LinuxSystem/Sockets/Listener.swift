import CLinux

/// A TCP socket that waits for connections on one address.
package struct Listener: ~Copyable {
    package let socket: OwnedDescriptor
    package let endpoint: Endpoint

    /// Listens on a port that the kernel chooses, or on a free one of `ports`.
    ///
    /// The corresponding C functions are `socket`, `bind` and `listen`.
    /// - Parameters:
    ///   - options: What its connections inherit.
    ///   - silence: How many seconds the kernel holds back a connection that has brought no byte
    ///     (`TCP_DEFER_ACCEPT`).
    /// - Throws: `addressInUse` if all ports are taken; `accessDenied` for ports below 1024; other
    ///   errors of these calls.
    package init(
        on address: Address, ports: ClosedRange<UInt16>?,
        _ options: SocketOptions = SocketOptions(), silence: Int? = nil
    ) throws(Errno) {
        guard let ports else {
            self = try Listener(on: Endpoint(address, port: 0), options, silence: silence)
            return
        }
        // Start at another port each time, so that many sessions do not compete for the same one.
        let offset = Int(Instant.now.nanoseconds / 1000) % ports.count
        for step in 0..<ports.count {
            let port = ports.lowerBound + UInt16((offset + step) % ports.count)
            do throws(Errno) {
                self = try Listener(on: Endpoint(address, port: port), options, silence: silence)
                return
            } catch .addressInUse {
                continue
            }
        }
        throw .addressInUse
    }

    private init(
        on wanted: Endpoint, _ options: SocketOptions, silence: Int?
    ) throws(Errno) {
        let socket = try TCP.socket(for: wanted.address, options)
        var raw = wanted.raw
        // A port of --port may still have connections of an earlier session in TIME_WAIT.
        _ = linux_set_option(socket.number, SOL_SOCKET, SO_REUSEADDR, 1)
        // Leave the same port free for an IPv4 listener.
        if wanted.address.isIPv6 { _ = try check(linux_only_ipv6(socket.number)) }
        if let silence { _ = try check(linux_set_deferred_accept(socket.number, CInt(silence))) }
        _ = try check(unsafe linux_bind(socket.number, &raw))
        _ = try check(linux_listen(socket.number, 4096))
        _ = try check(unsafe linux_local_endpoint(socket.number, &raw))
        self.socket = socket
        endpoint = Endpoint(raw)
    }

    /// Takes the next connection; `nil` if none waits.
    ///
    /// The corresponding C function is `accept4`.
    /// - Throws: `tooManyOpenFiles`, or another error that is not the connection's own.
    package func accept() throws(Errno) -> OwnedDescriptor? {
        let number = linux_accept(socket.number)
        if number >= 0 { return OwnedDescriptor(owning: number) }
        switch Errno.current {
        case .wouldBlock, .interrupted: return nil
        // Errors of the connection before we accepted it (accept(2)).
        case .connectionAborted, .protocolError, .notSupported, .networkDown, .networkUnreachable,
            .hostUnreachable, Errno(ENOPROTOOPT), Errno(EHOSTDOWN), Errno(ENONET):
            return nil
        case let error: throw error
        }
    }
}
