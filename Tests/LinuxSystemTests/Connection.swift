import LinuxSystem

/// A TCP connection over loopback, both ends in this process and blocking.
struct Connection: ~Copyable {
    /// The end that called `connect`.
    let dialled: OwnedDescriptor
    let accepted: OwnedDescriptor

    init(over address: Address = .loopbackIPv4, _ options: SocketOptions = SocketOptions()) throws {
        let listener = try Listener(on: address, ports: nil, options)
        let dialled = try TCP.socket(for: address, options)
        let accepted = try Connection.join(dialled, to: listener)
        try dialled.setNonblocking(false)
        try accepted.setNonblocking(false)
        self.dialled = dialled
        self.accepted = accepted
    }

    private static func join(
        _ dialled: borrowing OwnedDescriptor, to listener: borrowing Listener
    ) throws -> OwnedDescriptor {
        if try !TCP.connect(dialled, to: listener.endpoint) {
            guard try becomesReady(dialled.borrowed, .writing) else { throw Errno.timedOut }
        }
        if let error = TCP.connectionError(dialled.borrowed) { throw error }
        guard try becomesReady(listener.socket.borrowed, .reading),
            let accepted = try listener.accept()
        else { throw Errno.timedOut }
        return accepted
    }

    func end(_ role: Role) -> Descriptor {
        role == .dialled ? dialled.borrowed : accepted.borrowed
    }

    enum Role: CaseIterable, Sendable {
        case dialled, accepted

        var peer: Role { self == .dialled ? .accepted : .dialled }
    }
}

extension Address {
    static let loopbackIPv6 = Address(
        isIPv6: true, bytes: [UInt8](repeating: 0, count: 15) + [1])
}

/// Whether this host has IPv6, which some containers lack.
func hasIPv6() -> Bool {
    InterfaceAddress.ofThisHost().contains { $0.address == .loopbackIPv6 }
}
