import CBench
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

/// Where a command's standard descriptors lead.
struct Streams {
    var input = "/dev/null"
    var output = "/dev/null"
    var error: String
}

/// Starts a command as the leader of a process group, with signals as a shell would give them.
func spawn(_ words: [String], at site: Site, _ streams: Streams) throws -> Child {
    try site.around { try Child(pid: spawned(words, streams)) }
}

private func spawned(_ words: [String], _ streams: Streams?) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    if let streams {
        let made = O_WRONLY | O_CREAT | O_TRUNC
        unsafe posix_spawn_file_actions_addopen(&actions, 0, streams.input, O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, streams.output, made, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, streams.error, made, 0o600)
    }
    var attributes = spawnAttributes(ownGroup: streams != nil)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var child: pid_t = 0
    let code = unsafe withArguments(words) { arguments in
        unsafe posix_spawnp(&child, arguments[0]!, &actions, &attributes, arguments, environ)
    }
    guard code == 0 else { throw Failure(words[0], errno: code) }
    return child
}

/// Starts a command in our place: with our descriptors and in our group.
func spawnInPlace(_ words: [String]) throws -> Child {
    try Child(pid: spawned(words, nil))
}

/// Puts a command in the place of this process; returns only by throwing.
func become(_ words: [String]) throws {
    unsafe withArguments(words) { arguments in
        _ = unsafe execvp(arguments[0]!, arguments)
    }
    throw Failure(words[0], errno: errno)
}

private func spawnAttributes(ownGroup: Bool) -> posix_spawnattr_t {
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    var none = sigset_t()
    var all = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    if ownGroup { flags |= POSIX_SPAWN_SETPGROUP }
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    return attributes
}

/// Lends the words as a C argument vector.
func withArguments<Result>(
    _ words: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
) rethrows -> Result {
    var vector = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe vector.indices { unsafe free(vector[index]) } }
    return try unsafe body(&vector)
}
