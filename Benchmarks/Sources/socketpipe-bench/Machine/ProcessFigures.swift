import Fixtures
import Glibc

/// What one process spent, without its children.
struct ProcessFigures: Codable {
    /// Of all its threads, those that have ended included.
    var cpuSeconds = 0.0
    /// The largest resident size that was seen, in kilobytes.
    var peakKilobytes: Int64?
    /// Of its first thread.
    var switches: Int64 = 0

    /// Reads them as they are now; of a zombie, all but the memory.
    mutating func update(_ pid: Int32) {
        cpuSeconds = Self.cpuSeconds(of: pid) ?? cpuSeconds
        guard let status = text(of: "/proc/\(pid)/status") else { return }
        switches = 0
        for line in status.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count > 1, let value = Int64(words[1]) else { continue }
            switch words[0] {
            case "VmHWM:": peakKilobytes = value
            case "voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:": switches += value
            default: break
            }
        }
    }

    private static func cpuSeconds(of pid: Int32) -> Double? {
        var (clock, spent) = (clockid_t(), timespec())
        guard unsafe clock_getcpuclockid(pid, &clock) == 0,
            unsafe clock_gettime(clock, &spent) == 0
        else { return nil }
        return Double(spent.tv_sec) + Double(spent.tv_nsec) / 1e9
    }

    static func + (left: Self, right: Self) -> Self {
        ProcessFigures(
            cpuSeconds: left.cpuSeconds + right.cpuSeconds,
            peakKilobytes: [left.peakKilobytes, right.peakKilobytes].compactMap { $0 }.max(),
            switches: left.switches + right.switches)
    }
}

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
