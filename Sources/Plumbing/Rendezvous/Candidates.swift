import LinuxSystem

/// The addresses that each end listens on and offers, from what both know of themselves.
package struct Candidates: Equatable, Sendable {
    /// The most addresses of an end in the race.
    static let maximumCount = 8

    /// Where here listens.
    package var here: [Address] = []
    /// Where there must listen.
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

    /// - Parameter hosts: The addresses of `-h HOST`, if given.
    package init(_ listening: Plan.Listening, own: Knowledge, peer: Knowledge, hosts: [Address]?) {
        let isSameStack = own.isOnSameStack(as: peer)
        // If it equals our own, the other end inherited it: it says nothing about this login.
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

    /// The address that the login used, as its host spells it, if the host has it.
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

    /// The address to listen on for `-h`: if the host does not have it, every address of its
    /// family.
    private static func listening(for host: Address, _ own: [Address]) -> Address {
        own.first { $0.withoutScope == host.withoutScope }
            ?? (host.isIPv6 ? .anyIPv6 : .anyIPv4)
    }

    /// A link-local endpoint of the peer, with the scope of our interface on that link.
    ///
    /// - Parameter near: Our own address on the same link, if known.
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
