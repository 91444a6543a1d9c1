import Glibc

/// An established TCP connection as one of its two sides has it.
package struct TCPSide: Hashable, Sendable {
    fileprivate struct Place: Hashable {
        /// In the order of the network.
        var address: [UInt8]
        var port: UInt16
    }

    private let local: Place
    private let remote: Place

    /// The same connection as its other side has it.
    package var other: TCPSide { TCPSide(local: remote, remote: local) }

    package var ports: (local: UInt16, remote: UInt16) { (local.port, remote.port) }

    private init(local: Place, remote: Place) {
        self.local = local
        self.remote = remote
    }

    /// Those of a process in its network namespace.
    package static func all(of pid: pid_t) -> [TCPSide] {
        let inodes = Set((Found(pid: pid)?.files ?? []).filter { $0.hasPrefix("socket:[") })
        return ["tcp", "tcp6"].flatMap { table in
            (text(of: "/proc/\(pid)/net/\(table)") ?? "").split(separator: "\n").dropFirst()
                .compactMap { line -> TCPSide? in
                    let fields = line.split(separator: " ")
                    guard fields.count > 9, fields[3] == "01",
                        inodes.contains("socket:[" + fields[9] + "]"), let local = Place(fields[1]),
                        let remote = Place(fields[2])
                    else { return nil }
                    return TCPSide(local: local, remote: remote)
                }
        }
    }

    /// Those that both processes have a side of.
    package static func between(_ one: [pid_t], _ two: [pid_t]) -> Set<TCPSide> {
        let theirs = Set(two.flatMap(all(of:)))
        return Set(one.flatMap(all(of:))).filter { theirs.contains($0.other) }
    }

    // MARK: Destroying

    /// Why no connection can be destroyed here; `nil` if one can be.
    package static let refusal: String? = {
        let none = Place(address: [127, 0, 0, 1], port: 0)
        switch TCPSide(local: none, remote: none).ask() {
        case 0, ENOENT: return nil
        case EPERM: return "to destroy a connection needs CAP_NET_ADMIN"
        case EOPNOTSUPP: return "this kernel has no CONFIG_INET_DIAG_DESTROY"
        case let code: return "sock_diag: \(reason(code))"
        }
    }()

    /// Ends the connection as `ss -K` does: this side gets ECONNABORTED, the other a reset.
    ///
    /// - Returns: Whether it was still there.
    @discardableResult
    package func destroy() throws -> Bool {
        let code = ask()
        guard code == 0 || code == ENOENT else { throw Failure("sock_diag", errno: code) }
        return code == 0
    }

    /// Sends `SOCK_DESTROY` (`sock_diag(7)`).
    ///
    /// - Returns: The kernel's answer, an error number or 0.
    private func ask() -> Int32 {
        let socket = Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), 4)
        guard socket >= 0 else { return errno }
        defer { close(socket) }
        let request = request
        guard unsafe send(socket, request, request.count, 0) == request.count else { return errno }
        var answer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(socket, &answer, answer.count, 0)
        guard count >= 20 else { return EIO }
        return unsafe -answer.withUnsafeBytes {
            unsafe $0.loadUnaligned(fromByteOffset: 16, as: Int32.self)
        }
    }

    /// `struct nlmsghdr` and `struct inet_diag_req_v2`.
    private var request: [UInt8] {
        func native<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
            unsafe withUnsafeBytes(of: number) { unsafe Array($0) }
        }
        func padded(_ address: [UInt8]) -> [UInt8] {
            address + [UInt8](repeating: 0, count: 16 - address.count)
        }
        let family = local.address.count == 4 ? AF_INET : AF_INET6
        let body =
            [UInt8(family), UInt8(IPPROTO_TCP), 0, 0] + native(UInt32(1) << 1)
            + native(local.port.bigEndian) + native(remote.port.bigEndian)
            + padded(local.address) + padded(remote.address) + native(UInt32(0))
            + [UInt8](repeating: 0xff, count: 8)
        // SOCK_DESTROY; NLM_F_REQUEST | NLM_F_ACK.
        return native(UInt32(16 + body.count)) + native(UInt16(21)) + native(UInt16(5))
            + native(UInt32(1)) + native(UInt32(0)) + body
    }
}

extension TCPSide.Place {
    /// Reads `0100007F:1F90`: the address as hexadecimal words of the host's byte order.
    fileprivate init?(_ field: Substring) {
        let parts = field.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16) else { return nil }
        self.port = port
        address = []
        let digits = Array(parts[0])
        for word in stride(from: 0, to: digits.count, by: 8) {
            guard let value = UInt32(String(digits[word..<(word + 8)]), radix: 16) else {
                return nil
            }
            unsafe address += withUnsafeBytes(of: value) { unsafe Array($0) }
        }
    }
}
