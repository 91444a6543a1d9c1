import CBench
import Fixtures
import Glibc

/// The end at which a command runs: its network and the account its CPU time goes to.
struct Site {
    /// The network namespace; nil is this host's own network.
    var network: String?
    var group: ControlGroup?

    static let host = Site()

    /// Runs a body as a process of this end; what it starts stays there.
    func around<Result>(_ body: () throws -> Result) throws -> Result {
        try group?.enter()
        defer { if group != nil { try? ControlGroup.own?.enter() } }
        guard let network else { return try body() }
        let own = try Self.enterNetwork(at: "/run/netns/\(network)")
        defer {
            bench_enter_network(own)
            close(own)
        }
        return try body()
    }

    /// Returns a descriptor of the network we come from.
    private static func enterNetwork(at path: String) throws -> Int32 {
        let own = unsafe open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)
        let other = unsafe open(path, O_RDONLY | O_CLOEXEC)
        defer { close(other) }
        guard own >= 0, other >= 0, bench_enter_network(other) == 0 else {
            let code = errno
            close(own)
            throw Failure(path, errno: code)
        }
        return own
    }
}

/// Starts a command at an end.
func spawn(_ words: [String], at site: Site, _ streams: Streams) throws -> Child {
    try site.around { try Child(Words(words), streams) }
}

extension Said {
    /// Runs a short command at an end.
    init(_ words: [String], at site: Site = .host, within seconds: Int64 = 30) throws {
        self = try site.around { try Said(Words(words), within: seconds) }
    }
}
