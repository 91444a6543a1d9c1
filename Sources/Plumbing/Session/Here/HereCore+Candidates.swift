import LinuxSystem

/// By which addresses the ends may meet.
extension HereCore {
    func peer(_ hello: Hello) -> Candidates.Knowledge {
        Candidates.Knowledge(
            addresses: hello.addresses, ssh: hello.ssh, networkIdentity: hello.networkIdentity)
    }

    /// - Throws: Why the ends cannot meet.
    func candidates(
        with peer: Candidates.Knowledge
    ) throws(SessionError) -> Candidates {
        let own = surroundings.own
        guard surroundings.hosts == nil, surroundings.forwarded == nil else {
            return Candidates(
                own: own, hosts: try reachableHosts(from: peer),
                isForwarded: surroundings.forwarded != nil)
        }
        let network = surroundings.network
        let limited = peer.limited(to: network)
        if let network, limited.addresses.isEmpty { throw .outside(network.text, .there) }
        let candidates = Candidates(plan.listening, own: own, peer: limited)
        guard candidates.here.isEmpty, candidates.there.isEmpty else { return candidates }
        if let common = Candidates.common(own, limited) { throw .sameAddress(common) }
        throw .nowhereToMeet(onSameStack: own.isOnSameStack(as: peer))
    }

    /// The addresses of `-h`, without those by which every host calls itself.
    private func reachableHosts(
        from peer: Candidates.Knowledge
    ) throws(SessionError) -> [Address]? {
        guard let hosts = surroundings.hosts, !surroundings.own.isOnSameStack(as: peer) else {
            return surroundings.hosts
        }
        let reachable = hosts.filter { !$0.isLoopback }
        guard let first = hosts.first, reachable.isEmpty else { return reachable }
        throw .hostIsLoopback(plan.host ?? "", first)
    }
}
