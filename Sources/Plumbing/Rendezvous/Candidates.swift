import LinuxSystem

/// Which addresses each end listens on and offers, from what both know of themselves.
package struct Candidates: Equatable, Sendable {
    /// At most so many addresses of an end are raced.
    static let maximumCount = 8

    /// Where here listens.
    package var here: [Address] = []
    /// Where there is asked to listen.
    package var there: [Address] = []

    /// None.
    package init() {}

    /// What one end knows of itself.
    package struct Knowledge: Sendable {
        package var addresses: [Address]
        package var ssh: SSHConnection?
        package var networkIdentity: String

        package init(addresses: [Address], ssh: SSHConnection?, networkIdentity: String) {
            self.addresses = addresses
            self.ssh = ssh
            self.networkIdentity = networkIdentity
        }

        package func isOnSameStack(as other: Knowledge) -> Bool {
            !networkIdentity.isEmpty && networkIdentity == other.networkIdentity
        }
    }

    /// - Parameter hosts: The addresses of `-h HOST`, where it was given.
    package init(_ listening: Plan.Listening, own: Knowledge, peer: Knowledge, hosts: [Address]?) {
        let isSameStack = own.isOnSameStack(as: peer)
        // One that equals our own was only inherited on the way: it says nothing of this login.
        let ssh = peer.ssh == own.ssh ? nil : peer.ssh
        if listening != .there {
            if let hosts {
                here = hosts.map { Candidates.listening(for: $0, own.addresses) }
            } else {
                here = Candidates.exact(ssh?.client, own.addresses, isSameStack)
                if here.isEmpty, ssh == nil || listening == .here {
                    here = Candidates.all(own.addresses, isSameStack)
                }
            }
        }
        if listening != .here {
            there = Candidates.exact(ssh?.server, peer.addresses, isSameStack)
            if there.isEmpty { there = Candidates.all(peer.addresses, isSameStack) }
        }
    }

    /// The address the login used, as its host spells it, where it is one of that host's.
    private static func exact(
        _ address: Address?, _ all: [Address], _ isSameStack: Bool
    ) -> [Address] {
        guard let address, !address.isLoopback || isSameStack else { return [] }
        return all.first { $0.withoutScope == address.withoutScope }.map { [$0] } ?? []
    }

    private static func all(_ addresses: [Address], _ isSameStack: Bool) -> [Address] {
        if isSameStack {
            let loopback = addresses.filter { $0.isLoopback }
            if !loopback.isEmpty { return [Address](loopback.prefix(maximumCount)) }
        }
        let usable = addresses.filter { !$0.isNobody && !$0.isLoopback }
        let wide = usable.filter { !$0.isLinkLocal }
        return [Address]((wide.isEmpty ? usable : wide).prefix(maximumCount))
    }

    /// The host may be known by an address that is not ours (`-h`): then any of ours will do.
    private static func listening(for host: Address, _ own: [Address]) -> Address {
        own.first { $0.withoutScope == host.withoutScope }
            ?? (host.isIPv6 ? .anyIPv6 : .anyIPv4)
    }

    /// A link-local endpoint of the peer, through the interface by which we know it.
    ///
    /// - Parameter near: Our own address on the same link, where it is known.
    package static func scoped(_ endpoint: Endpoint, own: [Address], near: Address?) -> Endpoint {
        guard endpoint.address.isIPv6, endpoint.address.isLinkLocal, endpoint.address.scope == 0
        else { return endpoint }
        let local = own.filter { $0.isIPv6 && $0.isLinkLocal }
        let match = local.first { $0.withoutScope == near?.withoutScope } ?? local.first
        var scoped = endpoint
        scoped.address.scope = match?.scope ?? 0
        return scoped
    }
}
