/// How much memory this process can still get without the host having to end anybody.
package enum HostMemory {
    /// The least of what the host and every control group above us have left; `nil` where none of
    /// them tells.
    package static func available() -> Int64? {
        ([host()] + groups().map { left(in: $0) }).compactMap { $0 }.min()
    }

    /// `MemAvailable` of `proc_meminfo(5)`, in bytes.
    private static func host() -> Int64? {
        let name = [UInt8]("MemAvailable:".utf8)
        let line = Proc.contents(of: "/proc/meminfo")?.split(separator: UInt8(ascii: "\n"))
            .first { $0.starts(with: name) }
        guard let words = line?.split(separator: UInt8(ascii: " ")), words.count > 1 else {
            return nil
        }
        return number(words[1]).map { $0 * 1024 }
    }

    /// Our control group and those above it (`cgroups(7)`, version 2).
    private static func groups() -> [String] {
        let own = Proc.contents(of: "/proc/self/cgroup")?.split(separator: UInt8(ascii: "\n"))
            .first { $0.starts(with: [UInt8]("0::/".utf8)) }
        guard let own else { return [] }
        var groups = ["/sys/fs/cgroup"]
        for name in own.dropFirst(4).split(separator: UInt8(ascii: "/")) {
            groups.append(groups[groups.count - 1] + "/" + String(decoding: name, as: UTF8.self))
        }
        return groups
    }

    private static func left(in group: String) -> Int64? {
        guard let most = number(in: "\(group)/memory.max"),
            let used = number(in: "\(group)/memory.current")
        else { return nil }
        return max(0, most - used)
    }

    private static func number(in file: String) -> Int64? {
        Proc.contents(of: file)?.split(separator: UInt8(ascii: "\n")).first.flatMap { number($0) }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        Int64(String(decoding: digits, as: UTF8.self))
    }
}
