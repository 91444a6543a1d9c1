import LinuxSystem

/// What is known of who can reach whom.
struct Reachability {
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
    var failures: [(caller: End, endpoint: Endpoint, flow: Flow, error: Errno)] = []
    /// Why an end does not listen.
    var refusals: [(end: End, error: Errno)] = []

    func hasFailed(_ caller: End, flows: Int) -> Bool {
        let count = caller == .there ? offered.count : (listeningThere?.count ?? 0)
        return failures.count { $0.caller == caller } >= count * flows
    }
}
