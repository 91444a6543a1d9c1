/// What lies between the two ends of a scenario.
enum Path: Equatable {
    case loopback
    /// A link between two namespaces, as `scripts/lab` builds it.
    case link(rate: String, delay: String? = nil)
    /// A real one, to a host of which nothing but ssh and socketpipe is asked.
    case host
}

/// Two ends, the way between them, and a login from the one to the other.
struct Place {
    var path: Path
    var here = Site.host
    var there = Site.host
    /// The address of the other end; nil where only the login knows it.
    var address: String?
    /// The address of this end as the other reaches it.
    var hereAddress: String?
    var login: [String]
    /// The socketpipe there; nil is the one on PATH.
    var socketpipe: String?
    var congestionControl: String
    /// The folder of both ends' control groups; nil without cgroup v2.
    var accounts: String?
}
