import CLinux

/// Calls on TCP sockets, before and after they are connections (`tcp(7)`).
package enum TCP {
    /// Makes a nonblocking close-on-exec socket.
    ///
    /// The corresponding C function is `socket`.
    /// - Throws: `tooManyOpenFiles`; the error of an option that the kernel refuses.
    package static func socket(
        for address: Address, _ options: SocketOptions = SocketOptions()
    ) throws(Errno) -> OwnedDescriptor {
        let number = try check(linux_stream_socket(address.isIPv6 ? 1 : 0))
        let socket = OwnedDescriptor(owning: number)
        // Before a byte can arrive; accepted connections inherit it from their listener.
        try keepUrgentDataInLine(socket.borrowed)
        if let obstacle = options.set(on: socket.borrowed) { throw obstacle.error }
        return socket
    }

    /// Begins to connect.
    ///
    /// The corresponding C function is `connect`.
    /// - Returns: Whether it connected at once; otherwise wait until the socket is writable, and
    ///   ask `connectionError`.
    /// - Throws: An error that is known at once, such as `networkUnreachable`.
    package static func connect(
        _ socket: borrowing OwnedDescriptor, to endpoint: Endpoint
    ) throws(Errno) -> Bool {
        var raw = endpoint.raw
        if unsafe linux_connect(socket.number, &raw) == 0 { return true }
        switch Errno.current {
        case .inProgress: return false
        case let error: throw error
        }
    }

    /// The error of a connect that was in progress, `nil` if it succeeded; clears the socket's
    /// pending error.
    ///
    /// The corresponding C function is `getsockopt` with `SO_ERROR`.
    package static func connectionError(_ socket: Descriptor) -> Errno? {
        let code = linux_socket_error(socket.number)
        return code == 0 ? nil : Errno(code)
    }

    /// Sends as many of the bytes as the socket takes now.
    ///
    /// The corresponding C function is `send` with `MSG_DONTWAIT`.
    /// - Returns: The number of bytes sent; 0 if the socket has no room.
    /// - Throws: `brokenPipe`, `connectionReset`, or another error of the connection.
    package static func send(_ socket: Descriptor, _ bytes: [UInt8]) throws(Errno) -> Int {
        do throws(Errno) {
            return try retry {
                unsafe bytes.withUnsafeBytes {
                    unsafe linux_send_nowait(socket.number, $0.baseAddress, $0.count)
                }
            }
        } catch .wouldBlock {
            return 0
        }
    }

    /// Receives at most `byteCount` bytes without waiting.
    ///
    /// The corresponding C function is `recv` with `MSG_DONTWAIT`.
    /// - Returns: The bytes, none at end of stream; `nil` if there are none yet.
    /// - Throws: `connectionReset`, or another error of the connection.
    package static func receive(_ socket: Descriptor, byteCount: Int) throws(Errno) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        do throws(Errno) {
            let count = try retry {
                unsafe bytes.withUnsafeMutableBytes {
                    unsafe linux_receive_nowait(socket.number, $0.baseAddress, byteCount)
                }
            }
            bytes.removeLast(byteCount - count)
            return bytes
        } catch .wouldBlock {
            return nil
        }
    }

    /// Sends a FIN after the bytes written; reading stays possible.
    ///
    /// The corresponding C function is `shutdown` with `SHUT_WR`.
    /// - Throws: `notConnected` if the connection is over.
    package static func shutDownWriting(_ socket: Descriptor) throws(Errno) {
        _ = try check(linux_shutdown_writing(socket.number))
    }

    /// Ends what can be read behind what is here already.
    ///
    /// The corresponding C function is `shutdown` with `SHUT_RD`.
    /// - Throws: `notConnected` if the connection is over.
    package static func shutDownReading(_ socket: Descriptor) throws(Errno) {
        _ = try check(linux_shutdown_reading(socket.number))
    }

    /// Lets nothing more arrive: the kernel drops every segment, and acknowledges none.
    ///
    /// The corresponding socket option is `SO_ATTACH_FILTER`.
    /// - Throws: The error of `setsockopt(2)`.
    package static func dropEverything(_ socket: Descriptor) throws(Errno) {
        _ = try check(linux_drop_everything(socket.number))
    }

    /// Resets the connection in every process that has it.
    ///
    /// The corresponding C function is `connect` with `AF_UNSPEC`, which also zeroes `TCP_INFO`.
    /// - Throws: `busy` on kernels that refuse while another process waits in the socket.
    package static func disconnect(_ socket: Descriptor) throws(Errno) {
        _ = try check(linux_disconnect(socket.number))
    }

    /// Sets whether the last close of the socket resets the connection.
    ///
    /// The corresponding C function is `setsockopt` with `SO_LINGER` and 0 seconds.
    /// - Throws: The error of `setsockopt(2)`.
    package static func setResetOnClose(_ socket: Descriptor, _ resets: Bool) throws(Errno) {
        _ = try check(linux_set_linger(socket.number, resets ? 1 : 0))
    }

    /// Limits the connection's sending to a number of payload bytes a second; `nil` for no limit.
    ///
    /// The corresponding C function is `setsockopt` with `SO_MAX_PACING_RATE`.
    /// - Throws: The error of `setsockopt(2)`: a container's filter may refuse it.
    package static func setPacingRate(
        _ socket: Descriptor, bytesPerSecond rate: Int64?
    ) throws(Errno) {
        _ = try check(linux_set_pacing_rate(socket.number, rate.map { UInt64($0) } ?? .max))
    }

    /// Leaves urgent bytes among the others, so that a reader gets every byte that the kernel
    /// counts (`SO_OOBINLINE`, KERNEL H29).
    ///
    /// - Throws: The error of `setsockopt(2)`.
    package static func keepUrgentDataInLine(_ socket: Descriptor) throws(Errno) {
        _ = try check(linux_set_inline_urgent(socket.number))
    }

    /// Whether the next byte is an urgent one, which a splice does not take.
    ///
    /// The corresponding C function is `sockatmark`.
    package static func isAtUrgentData(_ socket: Descriptor) -> Bool {
        linux_is_at_mark(socket.number) != 0
    }

    /// Whether there is a byte to read: a splice that moved nothing does not say.
    ///
    /// The corresponding C function is `recv` with `MSG_PEEK`.
    /// - Returns: `false` at the end of the stream, and for a file that is no socket.
    /// - Throws: `wouldBlock` if there is neither a byte nor the end.
    package static func hasByte(_ socket: Descriptor) throws(Errno) -> Bool {
        do throws(Errno) {
            return try retry { linux_peek(socket.number) } > 0
        } catch .notSocket {
            return false
        }
    }

    /// The number of bytes received but not read yet, without the FIN (`SIOCINQ`).
    package static func unreadByteCount(_ socket: Descriptor) -> Int {
        max(0, Int(linux_unread_bytes(socket.number)))
    }

    /// The number of bytes written but not acknowledged yet; a FIN counts as one (`SIOCOUTQ`).
    /// `nil` if the kernel does not say.
    package static func unacknowledgedByteCount(_ socket: Descriptor) -> Int64? {
        let count = Int64(linux_unacknowledged_bytes(socket.number))
        return count < 0 ? nil : count
    }

    /// Makes the kernel keep the counters of a connection that no process has open, for a minute
    /// after its FIN was acknowledged (`TCP_LINGER2`).
    ///
    /// - Throws: The error of `setsockopt(2)`.
    package static func keepCountersAfterClose(_ socket: Descriptor) throws(Errno) {
        _ = try check(linux_set_linger_after_close(socket.number, 120))
    }

    /// Sends a delayed acknowledgement, and acknowledges later reads at once (`TCP_QUICKACK`).
    ///
    /// - Throws: The error of `setsockopt(2)`.
    package static func acknowledge(_ socket: Descriptor) throws(Errno) {
        _ = try check(linux_acknowledge(socket.number))
    }

    /// How full the receive buffer is of unread bytes, or the send buffer of unacknowledged ones,
    /// in thousandths; `nil` if the kernel does not say (`SO_MEMINFO`, Linux 4.12).
    package static func bufferFill(_ socket: Descriptor, receiving: Bool) -> Int? {
        let fill = Int(linux_buffer_fill(socket.number, receiving ? 1 : 0))
        return fill < 0 ? nil : fill
    }

    /// Our address and port of a socket; `nil` if it has none.
    ///
    /// The corresponding C function is `getsockname`.
    package static func localEndpoint(_ socket: Descriptor) -> Endpoint? {
        var raw = linux_endpoint()
        return unsafe linux_local_endpoint(socket.number, &raw) == 0 ? Endpoint(raw) : nil
    }

    /// The peer's address and port; `nil` if the socket is not connected.
    ///
    /// The corresponding C function is `getpeername`.
    package static func peerEndpoint(_ socket: Descriptor) -> Endpoint? {
        var raw = linux_endpoint()
        return unsafe linux_peer_endpoint(socket.number, &raw) == 0 ? Endpoint(raw) : nil
    }

    /// The name of the connection's congestion control, such as `cubic` (`TCP_CONGESTION`); `nil`
    /// if the kernel does not say.
    package static func congestionControl(_ socket: Descriptor) -> String? {
        var name = [CChar](repeating: 0, count: 16)
        let result = unsafe name.withUnsafeMutableBufferPointer {
            unsafe linux_congestion_control(socket.number, $0.baseAddress!)
        }
        guard result == 0 else { return nil }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Chooses the congestion control of a socket before it connects (`TCP_CONGESTION`).
    ///
    /// - Throws: `notFound` if this host does not have it, `notPermitted` if it is not for us.
    package static func setCongestionControl(
        _ socket: Descriptor, _ name: String
    ) throws(Errno) {
        _ = try check(
            unsafe name.withCString { unsafe linux_set_congestion_control(socket.number, $0) })
        // The kernel cuts a long name.
        if congestionControl(socket) != name { throw .notFound }
    }

    /// Makes the kernel probe a silent peer: first after `idle` seconds, then every `interval`
    /// seconds. After `count` probes without an answer it gives the connection up.
    ///
    /// The corresponding C function is `setsockopt` with `SO_KEEPALIVE`, `TCP_KEEPIDLE`,
    /// `TCP_KEEPINTVL` and `TCP_KEEPCNT`.
    /// - Throws: The error of `setsockopt(2)`.
    package static func keepAlive(
        _ socket: Descriptor, idle: Int, interval: Int, count: Int
    ) throws(Errno) {
        _ = try check(linux_set_keepalive(socket.number, CInt(idle), CInt(interval), CInt(count)))
    }
}
