import CLinux

/// What a TCP socket is told before it listens or connects; accepted connections inherit it.
package struct SocketOptions: Equatable, Sendable {
    /// The buffers of a connection's two directions.
    package enum Buffer: String, CaseIterable, Sendable {
        case send, receive

        /// The kernel's limit of what an ordinary user may ask for.
        package var setting: String {
            self == .send ? "net.core.wmem_max" : "net.core.rmem_max"
        }

        /// The size up to which the kernel lets it grow by itself, in bytes (`tcp(7)`); `nil` if it
        /// does not say.
        package var largest: Int64? {
            let path = "/proc/sys/net/ipv4/tcp_\(self == .send ? "w" : "r")mem"
            let sizes = (Proc.contents(of: path) ?? []).split { $0 <= 32 }
            return sizes.last.flatMap { Int64(String(decoding: $0, as: UTF8.self)) }
        }

        private var name: CInt { self == .send ? SO_SNDBUF : SO_RCVBUF }
        private var forcedName: CInt { self == .send ? SO_SNDBUFFORCE : SO_RCVBUFFORCE }

        /// Sets how many bytes may be on their way, beyond the kernel's limit if we may.
        ///
        /// - Returns: The number that the kernel took.
        /// - Throws: The error of `setsockopt(2)`.
        func set(_ byteCount: Int, of socket: Descriptor) throws(Errno) -> Int {
            let value = CInt(byteCount)
            if linux_set_option(socket.number, SOL_SOCKET, forcedName, value) != 0 {
                _ = try check(linux_set_option(socket.number, SOL_SOCKET, name, value))
            }
            return size(of: socket) / 2
        }

        /// The size in bytes: twice what was asked for, because the kernel counts its own
        /// bookkeeping too.
        package func size(of socket: Descriptor) -> Int {
            max(0, Int(linux_option(socket.number, SOL_SOCKET, name)))
        }
    }

    /// The largest segment, in bytes (`TCP_MAXSEG`).
    package var maximumSegment: Int?
    /// How many bytes may be on their way (`SO_SNDBUF`, `SO_RCVBUF`); the kernel adjusts it
    /// otherwise.
    package var window: Int?
    /// The buffers that get it: a connection's data uses one of them.
    package var buffers: [Buffer] = []
    /// The name of the congestion control (`TCP_CONGESTION`).
    package var congestionControl: String?
    /// The code point of each packet (`IP_TOS`, `IPV6_TCLASS`).
    package var codePoint: CodePoint?

    package init() {}

    /// What keeps a socket of this host from having these options; `nil` if nothing does.
    ///
    /// - Throws: An error that has nothing to do with them.
    package func obstacle() throws(Errno) -> SocketObstacle? {
        var number = linux_stream_socket(0)
        if number < 0 { number = try check(linux_stream_socket(1)) }
        let socket = OwnedDescriptor(owning: number)
        return set(on: socket.borrowed)
    }

    /// Sets them, up to the first that the kernel refuses.
    func set(on socket: Descriptor) -> SocketObstacle? {
        do throws(Errno) {
            if let maximumSegment {
                _ = try check(linux_set_maximum_segment(socket.number, CInt(maximumSegment)))
            }
        } catch {
            return .segment(error)
        }
        return setWindow(on: socket) ?? setCongestionControl(on: socket)
            ?? setCodePoint(on: socket)
    }

    private func setWindow(on socket: Descriptor) -> SocketObstacle? {
        guard let window else { return nil }
        for buffer in buffers {
            do throws(Errno) {
                let limit = try buffer.set(window, of: socket)
                if limit < window { return .buffer(buffer, wanted: window, limit: limit) }
            } catch {
                return .buffer(buffer, wanted: window, limit: 0)
            }
        }
        return nil
    }

    private func setCongestionControl(on socket: Descriptor) -> SocketObstacle? {
        guard let name = congestionControl else { return nil }
        do throws(Errno) {
            try TCP.setCongestionControl(socket, name)
            return nil
        } catch {
            return .congestionControl(name, error, choices: SocketObstacle.choices(after: error))
        }
    }

    private func setCodePoint(on socket: Descriptor) -> SocketObstacle? {
        do throws(Errno) {
            if let codePoint { try codePoint.set(on: socket) }
            return nil
        } catch {
            return .codePoint(error)
        }
    }
}

/// Why the kernel refuses an option of a socket.
package enum SocketObstacle: Error, Equatable, Sendable {
    case segment(Errno)
    /// An ordinary user may have at most `limit` bytes.
    case buffer(SocketOptions.Buffer, wanted: Int, limit: Int)
    /// The kernel does not have it, or it is not for ordinary users; `choices` names the others.
    case congestionControl(String, Errno, choices: String)
    case codePoint(Errno)

    package var error: Errno {
        switch self {
        case .segment(let error), .congestionControl(_, let error, _), .codePoint(let error): error
        case .buffer: .noBuffers
        }
    }

    /// The names in the kernel's list: those that it has, or those that we may use.
    fileprivate static func choices(after error: Errno) -> String {
        let list = error == .notPermitted ? "allowed" : "available"
        let path = "/proc/sys/net/ipv4/tcp_\(list)_congestion_control"
        return (Proc.contents(of: path) ?? []).split { $0 <= 32 }
            .map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
}
