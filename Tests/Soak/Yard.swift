import Fixtures
import Glibc

/// What a worker has for its sessions: an sshd and, for root, two network namespaces with a link
/// between them, the sshd in the second.
final class Yard: Sendable {
    let name: String
    let isNetwork: Bool
    let server: SSHServer
    /// Holds the first namespace open, and lets us look into it.
    private let holder: Child?

    init(_ number: Int, of soak: Soak) throws {
        name = "\(soak.name)-\(number)"
        isNetwork = getuid() == 0
        if isNetwork { try Said.must([soak.lab, "up", name]) }
        let (name, isNetwork) = (name, isNetwork)
        server = try SSHServer(at: [isNetwork ? "10.198.0.2" : "127.0.0.1"]) { words, streams in
            let prefix = isNetwork ? Self.entering("\(name)-there") : []
            return try Child(prefix + words, streams, leading: .session)
        }
        holder =
            isNetwork ? try Child(Self.entering("\(name)-here") + "sleep infinity", Streams()) : nil
        guard try happens({ try self.server.isListening }) else {
            throw Failure("sshd does not listen: \(server.log.tail)")
        }
    }

    private static func entering(_ host: String) -> Words {
        ["nsenter", "--net=/run/netns/\(host)"]
    }

    var here: Words { isNetwork ? Self.entering("\(name)-here") : [] }
    var there: Words { isNetwork ? Self.entering("\(name)-there") : [] }

    func setLink(_ host: String, _ state: String) throws {
        try Said.must(["ip", "-n", "\(name)-\(host)", "link", "set", "eth0", state])
    }

    /// The listening sockets of the namespaces, where only the sshd has any.
    var listeners: [String] {
        guard let holder else { return [] }
        return [holder.pid, server.pid].flatMap(ListeningSocket.all(besides:))
            .filter { $0.port != server.port }.map { "a listener on \($0.address):\($0.port)" }
    }

    func close() {
        server.stop()
        holder?.destroy()
    }
}
