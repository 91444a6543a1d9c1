import CLinux

/// What is done to TCP sockets before and after they are connections.
package enum TCP {
    /// A non-blocking close-on-exec socket.
    package static func socket(
        for address: Address, maximumSegment: Int?
    ) throws(Errno) -> OwnedDescriptor {
        let number = try check(linux_stream_socket(address.isIPv6 ? 1 : 0))
        let socket = OwnedDescriptor(owning: number)
        // Before a byte can come; who is accepted has it from its listener.
        try keepUrgentDataInLine(number)
        if let maximumSegment {
            _ = try check(linux_set_maximum_segment(number, CInt(maximumSegment)))
        }
        return socket
    }

    /// Begins to connect.
    ///
    /// - Returns: Whether it connected at once; otherwise wait until the socket can be written.
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

    /// The outcome of a connect that was in progress; takes the socket's pending error away.
    package static func connectionError(_ number: CInt) -> Errno? {
        let code = linux_socket_error(number)
        return code == 0 ? nil : Errno(code)
    }

    /// Sends what the socket takes now; 0 when it has no room.
    package static func send(_ number: CInt, _ bytes: [UInt8]) throws(Errno) -> Int {
        do throws(Errno) {
            return try retry {
                unsafe bytes.withUnsafeBytes {
                    unsafe linux_send_nowait(number, $0.baseAddress, $0.count)
                }
            }
        } catch .wouldBlock {
            return 0
        }
    }

    /// Receives at most `byteCount` bytes without waiting.
    ///
    /// - Returns: The bytes, none at end of stream; `nil` when there are none yet.
    package static func receive(_ number: CInt, byteCount: Int) throws(Errno) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        do throws(Errno) {
            let count = try retry {
                unsafe bytes.withUnsafeMutableBytes {
                    unsafe linux_receive_nowait(number, $0.baseAddress, byteCount)
                }
            }
            bytes.removeLast(byteCount - count)
            return bytes
        } catch .wouldBlock {
            return nil
        }
    }

    /// Sends a FIN after what was written; reading goes on.
    package static func shutDownWriting(_ number: CInt) throws(Errno) {
        _ = try check(linux_shutdown_writing(number))
    }

    /// Resets the connection in every process that has it.
    ///
    /// The corresponding C function is `connect` with `AF_UNSPEC`, which also zeroes `TCP_INFO`.
    /// - Throws: `EBUSY` on kernels that wait for another process to leave the socket.
    package static func disconnect(_ number: CInt) throws(Errno) {
        _ = try check(linux_disconnect(number))
    }

    /// Whether the last close of the socket resets the connection: `SO_LINGER` with 0 seconds.
    package static func setResetOnClose(_ number: CInt, _ resets: Bool) throws(Errno) {
        _ = try check(linux_set_linger(number, resets ? 1 : 0))
    }

    /// Bounds what the connection sends, in bytes of payload a second.
    package static func setPacingRate(_ number: CInt, bytesPerSecond rate: Int64) throws(Errno) {
        _ = try check(linux_set_pacing_rate(number, UInt64(rate)))
    }

    /// Leaves urgent bytes among the others, so that every byte that the kernel counts is read
    /// (`SO_OOBINLINE`, KERNEL H29).
    package static func keepUrgentDataInLine(_ number: CInt) throws(Errno) {
        _ = try check(linux_set_inline_urgent(number))
    }

    /// Whether the next byte is an urgent one, which no splice takes.
    ///
    /// The corresponding C function is `sockatmark`.
    package static func isAtUrgentData(_ number: CInt) -> Bool { linux_is_at_mark(number) != 0 }

    /// Whether there is a byte to be read: what a splice that moved nothing does not tell.
    ///
    /// - Returns: `false` at the end of the stream, and of what is no socket.
    /// - Throws: `wouldBlock` when there is neither a byte nor the end.
    package static func hasByte(_ number: CInt) throws(Errno) -> Bool {
        do throws(Errno) {
            return try retry { linux_peek(number) } > 0
        } catch .notSocket {
            return false
        }
    }

    /// Bytes received and not read yet, the FIN not counted (`SIOCINQ`).
    package static func unreadByteCount(_ number: CInt) -> Int {
        max(0, Int(linux_unread_bytes(number)))
    }

    /// Bytes written and not acknowledged yet, a FIN like a byte (`SIOCOUTQ`); `nil` where the kernel
    /// does not tell.
    package static func unacknowledgedByteCount(_ number: CInt) -> Int64? {
        let count = Int64(linux_unacknowledged_bytes(number))
        return count < 0 ? nil : count
    }

    /// Lets the kernel keep the counters of a connection that nobody has open for a minute after its
    /// FIN was acknowledged (`TCP_LINGER2`).
    package static func keepCountersAfterClose(_ number: CInt) throws(Errno) {
        _ = try check(linux_set_linger_after_close(number, 120))
    }

    /// Sends an acknowledgement that is delayed, and acknowledges at once what is read from now on
    /// (`TCP_QUICKACK`).
    package static func acknowledge(_ number: CInt) throws(Errno) {
        _ = try check(linux_acknowledge(number))
    }

    /// How full the receive buffer is of what nobody has read yet, or the send buffer of what was not
    /// acknowledged yet, in thousandths; `nil` where the kernel does not tell (`SO_MEMINFO`, Linux
    /// 4.12).
    package static func bufferFill(_ number: CInt, receiving: Bool) -> Int? {
        let fill = Int(linux_buffer_fill(number, receiving ? 1 : 0))
        return fill < 0 ? nil : fill
    }

    package static func localEndpoint(_ number: CInt) -> Endpoint? {
        var raw = linux_endpoint()
        return unsafe linux_local_endpoint(number, &raw) == 0 ? Endpoint(raw) : nil
    }

    package static func peerEndpoint(_ number: CInt) -> Endpoint? {
        var raw = linux_endpoint()
        return unsafe linux_peer_endpoint(number, &raw) == 0 ? Endpoint(raw) : nil
    }

    /// The name of the congestion control that sends on this connection.
    package static func congestionControl(_ number: CInt) -> String? {
        var name = [CChar](repeating: 0, count: 16)
        let result = unsafe name.withUnsafeMutableBufferPointer {
            unsafe linux_congestion_control(number, $0.baseAddress!)
        }
        guard result == 0 else { return nil }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Chooses what controls congestion before a connection is made; where this host has it not, the
    /// usual one does.
    package static func setCongestionControl(_ number: CInt, _ name: String) {
        _ = unsafe name.withCString { unsafe linux_set_congestion_control(number, $0) }
    }

    /// Asks a silent peer whether it is there: first after `idle`, then every `interval` seconds.
    package static func keepAlive(
        _ number: CInt, idle: Int, interval: Int, count: Int
    ) throws(Errno) {
        _ = try check(linux_set_keepalive(number, CInt(idle), CInt(interval), CInt(count)))
    }
}
