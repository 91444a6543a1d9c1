import Glibc

/// A listening socket of some process, as /proc shows it.
package struct ListeningSocket: Sendable {
    /// In the notation of `inet_ntop`.
    package let address: String
    package let port: Int
    private let inode: String

    /// The listening sockets of a process in its network namespace; only root may see those of an
    /// end that has the secret.
    package static func all(of pid: pid_t) -> [ListeningSocket] {
        let files = Found(pid: pid)?.files ?? []
        let inodes = Set(
            files.filter { $0.hasPrefix("socket:[") }.map { $0.dropFirst(8).dropLast() })
        return all(besides: pid).filter { inodes.contains(Substring($0.inode)) }
    }

    /// All that listen in the network namespace of a process.
    package static func all(besides pid: pid_t) -> [ListeningSocket] {
        ["tcp", "tcp6"].flatMap { table in
            (text(of: "/proc/\(pid)/net/\(table)") ?? "").split(separator: "\n").dropFirst()
                .compactMap { line -> ListeningSocket? in
                    let fields = line.split(separator: " ")
                    guard fields.count > 9, fields[3] == "0A" else { return nil }
                    return ListeningSocket(fields[1], inode: String(fields[9]))
                }
        }
    }

    /// One on which nobody listens here.
    package static func freePort(in range: Range<Int>) -> Int {
        let taken = Set(all(besides: getpid()).map(\.port))
        while true {
            let port = Int.random(in: range)
            if !taken.contains(port) { return port }
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
