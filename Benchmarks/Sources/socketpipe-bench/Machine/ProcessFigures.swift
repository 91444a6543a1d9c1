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
