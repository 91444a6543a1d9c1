import LinuxSystem

/// The addresses that each end listens on and offers, from what both know of themselves.
package struct Candidates: Equatable, Sendable {
    /// The most addresses of an end in the race.
    static let maximumCount = 64

    /// Where here listens, best first.
    package var here: [Address] = []
    /// The addresses by which the other end calls us, if they are not those of `here`.
    package var offered: [Address]?
    /// Where there must listen, best first.
    package var there: [Address] = []
    /// Those of both ends on the login's network; none if both ends are on one host.
    package var ofLogin: [Address] = []
    /// Whether the login came from an address that is not ours: calls from there rarely arrive then.
    package var isTranslated = false

    /// None.
    package init() {}

    /// What one end knows of itself.
    package struct Knowledge: Sendable {
        package var addresses: [Address]
        /// The addresses with their interfaces; none for the other end, which does not tell.
        package var interfaces: [InterfaceAddress] = []
        package var ssh: SSHConnection?
        package var networkIdentity: String

        package init(addresses: [Address], ssh: SSHConnection?, networkIdentity: String) {
            self.addresses = addresses
            self.ssh = ssh
            self.networkIdentity = networkIdentity
        }

        package init(
            interfaces: [InterfaceAddress], ssh: SSHConnection?, networkIdentity: String
        ) {
            self.init(
                addresses: interfaces.map { $0.address }, ssh: ssh,
                networkIdentity: networkIdentity)
            self.interfaces = interfaces
        }

        package func isOnSameStack(as other: Knowledge) -> Bool {
            !networkIdentity.isEmpty && networkIdentity == other.networkIdentity
        }

        /// Whether the address is its own, on whichever interface.
        func has(_ address: Address) -> Bool {
            addresses.contains { $0.withoutScope == address.withoutScope }
        }

        /// The same without what is outside of a network.
        package func limited(to network: Network?) -> Knowledge {
            guard let network else { return self }
            var limited = self
            limited.interfaces.removeAll { !network.contains($0) }
            limited.addresses = addresses.filter { network.contains($0) }
            if !interfaces.isEmpty { limited.addresses = limited.interfaces.map { $0.address } }
            return limited
        }
    }

    /// All addresses by which the ends may meet.
    package init(_ listening: Plan.Listening, own: Knowledge, peer: Knowledge) {
        let ranking = Ranking(own: own, peer: peer)
        if listening != .there { here = ranking.ordered(own.addresses, of: .here) }
        if listening != .here { there = ranking.ordered(peer.addresses, of: .there) }
        guard !own.isOnSameStack(as: peer) else { return }
        isTranslated = ranking.isTranslated
        let near = Ranking.Rank.login...Ranking.Rank.near
        ofLogin =
            here.filter { ranking.rank($0, of: .here).map(near.contains) == true }
            + there.filter { ranking.rank($0, of: .there).map(near.contains) == true }
    }

    /// The addresses that the user names, and no other.
    ///
    /// - Parameters:
    ///   - hosts: The addresses of `-h HOST`, if given.
    ///   - isForwarded: Whether `--address` names where there is: it cannot know on which of its
    ///     own addresses that arrives.
    package init(own: Knowledge, hosts: [Address]?, isForwarded: Bool) {
        offered = hosts
        here = (hosts ?? []).map { Candidates.listening(for: $0, own.addresses) }
        there = isForwarded ? [.anyIPv4, .anyIPv6] : []
    }

    /// The address to listen on for `-h`: if the host does not have it, every address of its
    /// family.
    private static func listening(for host: Address, _ own: [Address]) -> Address {
        own.first { $0.withoutScope == host.withoutScope }
            ?? (host.isIPv6 ? .anyIPv6 : .anyIPv4)
    }

    /// An address that both hosts have: neither can reach the other by it.
    package static func common(_ own: Knowledge, _ peer: Knowledge) -> Address? {
        own.addresses.first { !$0.isLoopback && peer.has($0) }
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
