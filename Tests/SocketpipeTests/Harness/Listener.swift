import Foundation

/// A listening socket of some process, as /proc shows it.
struct ListeningSocket: Sendable {
    /// In the notation of `inet_ntop`.
    let address: String
    let port: Int
    private let inode: String

    /// The listening sockets of a process in its network namespace; only root may see those of an
    /// end that has the secret.
    static func all(of pid: pid_t) -> [ListeningSocket] {
        let files = Found(pid: pid)?.files ?? []
        let inodes = Set(
            files.filter { $0.hasPrefix("socket:[") }.map { $0.dropFirst(8).dropLast() })
        return all(besides: pid).filter { inodes.contains(Substring($0.inode)) }
    }

    /// The listening sockets of a session that was given ports of its own, whichever end has them:
    /// who may not look into the ends can still see what listens on this host.
    static func all(of run: Run) -> [ListeningSocket] {
        let words = Found(pid: run.pid)?.words ?? []
        guard let option = words.firstIndex(of: "--port"), option + 1 < words.count else {
            return []
        }
        let ports = words[option + 1].split(separator: "-").compactMap { Int($0) }
        guard let low = ports.first, let high = ports.last else { return [] }
        return all(besides: run.pid).filter { (low...high).contains($0.port) }
    }

    /// All that listen in the network namespace of a process.
    private static func all(besides pid: pid_t) -> [ListeningSocket] {
        ["tcp", "tcp6"].flatMap { table in
            let text = contents(of: "/proc/\(pid)/net/\(table)") ?? Data()
            return String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst()
                .compactMap { line -> ListeningSocket? in
                    let fields = line.split(separator: " ")
                    guard fields.count > 9, fields[3] == "0A" else { return nil }
                    return ListeningSocket(fields[1], inode: String(fields[9]))
                }
        }
    }

    /// The option that gives a session ports on which nobody else listens, beyond those that the
    /// kernel gives out.
    static func ownPorts() -> Words {
        let taken = Set(all(besides: getpid()).map(\.port))
        while true {
            let low = Int.random(in: 3_820..<4_090) * 16
            if taken.isDisjoint(with: low..<(low + 16)) { return ["--port", "\(low)-\(low + 15)"] }
        }
    }

    /// Reads `0100007F:1F90`: the address as hexadecimal words of the host's byte order.
    private init?(_ field: Substring, inode: String) {
        let parts = field.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1], radix: 16) else { return nil }
        let digits = Array(parts[0])
        var bytes: [UInt8] = []
        for word in stride(from: 0, to: digits.count, by: 8) {
            guard let value = UInt32(String(digits[word..<(word + 8)]), radix: 16) else {
                return nil
            }
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        self.port = port
        self.inode = inode
        if bytes.count == 4 {
            address = bytes.map(String.init).joined(separator: ".")
        } else {
            address = stride(from: 0, to: 16, by: 2)
                .map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
                .joined(separator: ":")
        }
    }
}
