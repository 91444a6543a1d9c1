import Foundation

/// A listening socket of some process, as /proc shows it.
struct ListeningSocket: Sendable {
    /// In the notation of `inet_ntop`.
    let address: String
    let port: Int

    /// The listening sockets of a process in its network namespace.
    static func all(of pid: pid_t) -> [ListeningSocket] {
        let files = Found(pid: pid)?.files ?? []
        let inodes = Set(
            files.filter { $0.hasPrefix("socket:[") }.map { $0.dropFirst(8).dropLast() })
        return ["tcp", "tcp6"].flatMap { table in
            let text = contents(of: "/proc/\(pid)/net/\(table)") ?? Data()
            return String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst()
                .compactMap { line -> ListeningSocket? in
                    let fields = line.split(separator: " ")
                    guard fields.count > 9, fields[3] == "0A", inodes.contains(fields[9])
                    else { return nil }
                    return ListeningSocket(fields[1])
                }
        }
    }

    /// Reads `0100007F:1F90`: the address as hexadecimal words of the host's byte order.
    private init?(_ field: Substring) {
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
        if bytes.count == 4 {
            address = bytes.map(String.init).joined(separator: ".")
        } else {
            address = stride(from: 0, to: 16, by: 2)
                .map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
                .joined(separator: ":")
        }
    }
}
