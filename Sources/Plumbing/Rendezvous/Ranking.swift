import LinuxSystem

/// How likely it is that two ends meet by an address, from what both know of themselves.
struct Ranking {
    enum Rank: Int, CaseIterable, Comparable {
        /// The login's own.
        case login
        /// On the network by which the login came.
        case near
        /// On a network of which the other end has an address, too.
        case shared
        case other
        /// Of one link, which need not be the other host's, so that it answers late or never: for an
        /// end that has nothing better.
        case linkLocal
        /// On a bridge to containers or virtual machines of that host.
        case engine

        static func < (one: Rank, other: Rank) -> Bool { one.rawValue < other.rawValue }
    }

    private let own: Candidates.Knowledge
    private let peer: Candidates.Knowledge
    private let login: SSHConnection?
    private let isSameStack: Bool
    private let hasLoopback: Bool
    /// The interface here by which the login went out.
    private let interface: String?

    init(own: Candidates.Knowledge, peer: Candidates.Knowledge) {
        self.own = own
        self.peer = peer
        isSameStack = own.isOnSameStack(as: peer)
        hasLoopback = own.addresses.contains { $0.isLoopback }
        // If it equals our own, the other end inherited it: it says nothing about this login.
        let login = peer.ssh == own.ssh ? nil : peer.ssh
        self.login = login
        interface =
            (own.interfaces.first { $0.address.withoutScope == login?.client.withoutScope }
            ?? own.interfaces.first { login.map { $0.server }.map($0.subnet.contains) == true })?
            .interface
    }

    var isTranslated: Bool { login.map { !own.has($0.client) } ?? false }

    /// The addresses of an end by which the other may reach it, best first.
    func ordered(_ addresses: [Address], of end: End) -> [Address] {
        var ordered: [Address] = []
        for rank in Rank.allCases where rank != .linkLocal || ordered.isEmpty {
            var isIPv6 = ordered.last.map { !$0.isIPv6 }
            var (four, six): ([Address], [Address]) = ([], [])
            for address in addresses where self.rank(address, of: end) == rank {
                if isIPv6 == nil { isIPv6 = address.isIPv6 }
                if address.isIPv6 { six.append(address) } else { four.append(address) }
            }
            ordered += Ranking.alternated(four, six, startsWithIPv6: isIPv6 == true)
        }
        var unique: [Address] = []
        for address in ordered where !unique.contains(address) { unique.append(address) }
        return [Address](unique.prefix(Candidates.maximumCount))
    }

    /// By turns, so that a family that leads nowhere does not hold up the other (RFC 8305).
    private static func alternated(
        _ four: [Address], _ six: [Address], startsWithIPv6: Bool
    ) -> [Address] {
        let (one, other) = startsWithIPv6 ? (six, four) : (four, six)
        return (0..<max(one.count, other.count)).flatMap { index in
            [one, other].compactMap { index < $0.count ? $0[index] : nil }
        }
    }

    /// - Returns: `nil` for an address that leads to nobody, or to the host that calls.
    func rank(_ address: Address, of end: End) -> Rank? {
        guard !address.isNobody else { return nil }
        let isOfLogin = address.withoutScope == loginAddress(of: end)?.withoutScope
        guard !isSameStack else {
            return isOfLogin ? .login : address.isLoopback || !hasLoopback ? .other : nil
        }
        guard !address.isLoopback, !isOfBoth(address) else { return nil }
        if isOfLogin { return .login }
        if address.isLinkLocal { return .linkLocal }
        return end == .here ? rankHere(address) : rankThere(address)
    }

    private func loginAddress(of end: End) -> Address? {
        end == .here ? login?.client : login?.server
    }

    /// Whether each host would call itself by it.
    private func isOfBoth(_ address: Address) -> Bool { own.has(address) && peer.has(address) }

    private func rankHere(_ address: Address) -> Rank {
        guard let place = own.interfaces.first(where: { $0.address == address }) else {
            return .other
        }
        if place.interface == interface { return .near }
        if peer.addresses.contains(where: { place.subnet.contains($0) && !isOfBoth($0) }) {
            return .shared
        }
        return place.isOfEngine ? .engine : .other
    }

    private func rankThere(_ address: Address) -> Rank {
        let places = own.interfaces.filter { $0.subnet.contains(address) }
        if places.isEmpty { return .other }
        return places.contains { $0.interface == interface } ? .near : .shared
    }
}

extension InterfaceAddress {
    /// Whether it is of a bridge, or a part of one, that container engines and hypervisors make.
    var isOfEngine: Bool {
        let names = [
            "docker", "virbr", "veth", "vnet", "cni", "podman", "lxcbr", "lxdbr", "incusbr",
        ]
        // Docker's own networks; `br-lan` would be a bridge of the user's.
        let isOfDocker =
            interface.hasPrefix("br-")
            && Hex.decode([UInt8](interface.utf8.dropFirst(3)), byteCount: 6) != nil
        return isOfDocker || names.contains { interface.hasPrefix($0) }
    }

    /// Those that are worth telling another host, least likely last.
    package static func told(_ all: [InterfaceAddress]) -> [Address] {
        let known = all.filter { !$0.address.isNobody }
        let (engines, others) = (known.filter { $0.isOfEngine }, known.filter { !$0.isOfEngine })
        let places =
            others.filter { !$0.address.isLinkLocal } + others.filter { $0.address.isLinkLocal }
            + engines.filter { !$0.address.isLinkLocal }
        return places.prefix(Candidates.maximumCount).map { $0.address }
    }
}
