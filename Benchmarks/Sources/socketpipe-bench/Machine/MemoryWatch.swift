import Glibc

/// The largest resident size of every process at both ends, from looks at what runs there.
struct MemoryWatch {
    private let groups: [ControlGroup]
    private var kilobytes: [pid_t: Int64] = [:]
    private let began = monotonicNanoseconds()
    private var next: Int64 = 0

    /// - Parameter accounts: The folder of both ends' control groups.
    init(accounts: String?) {
        groups = ["here", "there"].compactMap { end in
            accounts.map { ControlGroup(path: "\($0)/\(end)") }
        }
    }

    /// All of them together, in kilobytes; absent without control groups.
    var peakKilobytes: Int64? {
        kilobytes.isEmpty ? nil : kilobytes.values.reduce(0, +)
    }

    /// Looks often at first, and then every eighth of the time: a look costs what it is to measure.
    mutating func look() {
        let now = monotonicNanoseconds()
        guard now >= next else { return }
        next = now + (now - began) / 8
        for pid in groups.flatMap(\.processes) where !Self.isMeter(pid) {
            var figures = ProcessFigures()
            figures.update(pid)
            // The last look counts: before it became another program, a process was its parent's copy.
            kilobytes[pid] = figures.peakKilobytes ?? kilobytes[pid]
        }
    }

    /// Whether it is the suite's own, and there for some contenders only.
    private static func isMeter(_ pid: pid_t) -> Bool {
        let words = text(of: "/proc/\(pid)/cmdline")?.split(separator: "\0") ?? []
        return words.dropFirst().first == "meter"
    }
}
