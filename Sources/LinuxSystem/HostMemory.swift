/// How much memory this process can still get before the host must kill a process.
package enum HostMemory {
    /// The least that the host or any control group above us has left, in bytes; `nil` if none of
    /// them says.
    ///
    /// The source is `/proc/meminfo` and the files of `cgroups(7)`.
    package static func available() -> Int64? {
        ([host()] + groups()).compactMap { $0 }.min()
    }

    /// `MemAvailable` of `proc_meminfo(5)`, in bytes.
    private static func host() -> Int64? {
        field("MemAvailable:", in: "/proc/meminfo").map { $0 * 1024 }
    }

    /// The names of a control group's files in one version of `cgroups(7)`.
    private struct Accounting {
        let limit: String
        let used: String
        /// The part of it that the kernel takes back before it kills a process.
        let reclaimable: String

        static let first = Accounting(
            limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes",
            reclaimable: "total_inactive_file")
        static let second = Accounting(
            limit: "memory.max", used: "memory.current", reclaimable: "inactive_file")
    }

    /// The bytes that our control group and each one above it leave us, in either version.
    private static func groups() -> [Int64?] {
        let lines = Proc.contents(of: "/proc/self/cgroup")?.split(separator: UInt8(ascii: "\n"))
        return (lines ?? []).flatMap { line -> [Int64?] in
            let parts = line.split(
                separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            switch String(decoding: parts[1], as: UTF8.self) {
            case "": return left(under: "/sys/fs/cgroup", parts[2], .second)
            case "memory": return left(under: "/sys/fs/cgroup/memory", parts[2], .first)
            default: return []
            }
        }
    }

    private static func left(
        under root: String, _ path: ArraySlice<UInt8>, _ accounting: Accounting
    ) -> [Int64?] {
        var group = root
        var all = [left(in: group, accounting)]
        for name in path.split(separator: UInt8(ascii: "/")) {
            group += "/" + String(decoding: name, as: UTF8.self)
            all.append(left(in: group, accounting))
        }
        return all
    }

    private static func left(in group: String, _ accounting: Accounting) -> Int64? {
        guard let most = number(in: "\(group)/\(accounting.limit)"),
            let used = number(in: "\(group)/\(accounting.used)")
        else { return nil }
        let reclaimable = field(accounting.reclaimable, in: "\(group)/memory.stat") ?? 0
        // In this order: without a limit, `most` is as large as a number can be.
        return max(0, most - max(0, used - reclaimable))
    }

    /// The number after a name at the beginning of a line.
    private static func field(_ name: String, in file: String) -> Int64? {
        let lines = Proc.contents(of: file)?.split(separator: UInt8(ascii: "\n"))
        for line in lines ?? [] {
            let words = line.split(separator: UInt8(ascii: " "))
            if words.count > 1, words[0].elementsEqual(name.utf8) { return number(words[1]) }
        }
        return nil
    }

    private static func number(in file: String) -> Int64? {
        Proc.contents(of: file)?.split(separator: UInt8(ascii: "\n")).first.flatMap { number($0) }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        Int64(String(decoding: digits, as: UTF8.self))
    }
}
