import LinuxSystem

/// What is known of which end can reach the other, and where.
struct Reachability {
    typealias Failure = (caller: End, endpoint: Endpoint, flow: Flow, error: Errno)

    /// When we begin to call; `nil` before the other end listens and after we called.
    var callAt: Instant?
    /// Where we listen.
    var offered: [Endpoint] = []
    /// Where both ends are to listen.
    var candidates = Candidates()
    /// Where the other end listens; `nil` until it has said so.
    var listeningThere: [Endpoint]?
    var hasCalled = false
    /// Our calls and the other end's that failed.
    var failures: [Failure] = []
    /// Why the ends have nowhere to meet.
    var hindrance: SessionError?
    /// Why an end does not listen.
    var refusals: [(end: End, error: Errno)] = []

    /// Whether the other end may listen there: where it was asked to, once at each address, and at a
    /// port that anyone may use, or that the user named.
    func allows(_ endpoints: [Endpoint], _ ports: ClosedRange<UInt16>?) -> Bool {
        var asked = candidates.there.map { $0.withoutScope }
        return endpoints.allSatisfy { endpoint in
            guard let index = asked.firstIndex(of: endpoint.address) else { return false }
            asked.remove(at: index)
            return (ports ?? 1024...UInt16.max).contains(endpoint.port)
        }
    }

    /// Whether a connection is not on the network of the login, where that is known.
    func strays(_ connection: Connection) -> Bool {
        let called = connection.caller == .there ? connection.own : connection.peer
        guard let called, !candidates.ofLogin.isEmpty else { return false }
        return !candidates.ofLogin.contains { $0.withoutScope == called.address.withoutScope }
    }

    /// What each end was to call, and why it failed, if it has.
    var tried: [(caller: End, endpoint: Endpoint, error: Errno?)] {
        let calls = offered.map { (End.there, $0) } + (listeningThere ?? []).map { (End.here, $0) }
        return calls.map { caller, endpoint in
            let failure = failures.first { failure in
                failure.caller == caller && failure.endpoint.port == endpoint.port
                    && failure.endpoint.address.withoutScope == endpoint.address.withoutScope
            }
            return (caller, endpoint, failure?.error)
        }
    }

    func hasFailed(_ caller: End, flows: Int) -> Bool {
        let count = caller == .there ? offered.count : (listeningThere?.count ?? 0)
        return failures.count { $0.caller == caller } >= count * flows
    }

    /// Whether every call of either end came to nothing.
    func isInVain(flows: Int) -> Bool {
        hasCalled && hasFailed(.there, flows: flows) && hasFailed(.here, flows: flows)
    }

    /// Where to call now: when that is due, or where the other end cannot come any more.
    ///
    /// - Returns: `nil` before, and once it was taken.
    mutating func takeCall(_ now: Instant, flows: Int) -> [Endpoint]? {
        guard let due = callAt, let listeningThere,
            due <= now || candidates.isTranslated || hasFailed(.there, flows: flows)
        else { return nil }
        callAt = nil
        hasCalled = true
        return listeningThere
    }
}
