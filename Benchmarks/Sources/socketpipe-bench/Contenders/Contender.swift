import Fixtures

/// A way to connect two commands on two hosts.
struct Contender {
    let name: String
    /// What it is, for the list.
    let what: String
    var needs: [Need] = []
    /// Whether it needs a server of its own at the other end, which only our own places have.
    var needsServer = false
    /// Moves a stream from here to there.
    var stream: (@Sendable (Job) -> Recipe)?
    /// Carries messages both ways; nil if it is a one-way street.
    var dialogue: (@Sendable (Dialogue) -> Recipe)?

    static let all =
        [bare] + sshContenders + [remoteShell] + rivals + socketpipes + buffers + foreignBuffers
        + sealed + kept

    /// Those of a short run.
    static let principal = [
        "bare", "ssh", "ssh-gcm", "socat-1m", "mbuffer", "hand-off", "relay-there", "relay-both",
        "stdin-file", "cat-file", "buffer-1g", "record-1g", "start-90", "mbuffer-90",
    ]
}

/// What a contender cannot do without.
enum Need {
    case program(String)
    /// A socketpipe that understands these options.
    case options([String])
    case reference
    /// A socketpipe that measures by itself.
    case measuring
    /// A network of our own, because it listens on every address it can.
    case namespace
    /// The right to kill a connection.
    case destroying
}

extension Contender {
    /// Why it cannot run at a place, in a few words; nil if it can.
    func missing(at place: Place, _ bench: Workbench) throws -> String? {
        if needsServer, place.path == .host { return "needs more there than ssh and socketpipe" }
        for need in needs {
            if let reason = try need.missing(at: place, bench) { return reason }
        }
        return nil
    }
}

extension Need {
    func missing(at place: Place, _ bench: Workbench) throws -> String? {
        switch self {
        case .program(let name):
            return path(of: name) == nil ? "\(name) is not installed" : nil
        case .reference:
            return bench.kit.reference == nil ? "no --reference was given" : nil
        case .measuring:
            guard bench.kit.socketpipe != nil else { return "no socketpipe was found" }
            let said = try Said(
                ["\(bench.folder)/socketpipe", "--measure", "-l", "{", "false", "}"])
            return said.exit == .status(255) ? nil : "this socketpipe does not know '--measure'"
        case .namespace:
            return place.there.network == nil ? "listens on every address: not on this host" : nil
        case .destroying: return TCPSide.refusal
        case .options(let words):
            guard bench.kit.socketpipe != nil else { return "no socketpipe was found" }
            return try Self.understands(words, bench)
                ? nil : "this socketpipe does not know '\(words.joined(separator: " "))'"
        }
    }

    /// Asks by trying: only the login of this command line fails, unless an option does first.
    private static func understands(_ options: [String], _ bench: Workbench) throws -> Bool {
        let producer = options.contains("-i") ? [] : ["-i", "{", "true", "}"]
        let words = ["\(bench.folder)/socketpipe"] + options + producer
        let said = try Said(
            words + ["-l", "{", "false", "}", "-r", "{", "true", "}"])
        return said.exit == .status(255)
    }
}
