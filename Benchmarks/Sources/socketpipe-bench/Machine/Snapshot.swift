import Fixtures
import Glibc

/// What the machine, and each end, had spent at one moment.
struct Snapshot: Codable {
    let nanoseconds: Int64
    /// CPU seconds of every process of an end; absent without control groups.
    let here: Double?
    let there: Double?
    /// CPU seconds in which the machine was not idle, in ticks of 10 ms.
    let machine: Double
    /// CPU seconds that the host of a virtual machine kept from it; absent in older results.
    let stolen: Double?
    /// Context switches of the machine.
    let switches: Int64

    /// - Parameter accounts: The folder of both ends' control groups.
    init(accounts: String?) {
        nanoseconds = monotonicNanoseconds()
        here = accounts.flatMap { ControlGroup(path: "\($0)/here").cpuSeconds }
        there = accounts.flatMap { ControlGroup(path: "\($0)/there").cpuSeconds }
        let statistics = text(of: "/proc/stat") ?? ""
        let seconds = Self.processorSeconds(statistics)
        machine = seconds.busy
        stolen = seconds.stolen
        switches = Self.value("ctxt", in: statistics)
    }

    /// The first line, in ticks: user, nice, system, idle, iowait, irq, softirq, steal.
    private static func processorSeconds(_ statistics: String) -> (busy: Double, stolen: Double) {
        let fields = statistics.prefix { $0 != "\n" }.split(separator: " ").dropFirst()
        let seconds = fields.prefix(8).compactMap {
            Double($0).map { $0 / Double(sysconf(Int32(_SC_CLK_TCK))) }
        }
        guard seconds.count == 8 else { return (0, 0) }
        return (seconds[..<7].reduce(0, +) - seconds[3] - seconds[4], seconds[7])
    }

    private static func value(_ name: String, in statistics: String) -> Int64 {
        let line = statistics.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Int64($0.dropFirst(name.count + 1)) } ?? 0
    }
}

/// What was spent between two moments.
struct Spending: Codable {
    let seconds: Double
    let here: Double?
    let there: Double?
    let machine: Double
    let stolen: Double?
    let switches: Int64

    init(from start: Snapshot, to end: Snapshot) {
        seconds = (end.nanoseconds - start.nanoseconds).seconds
        here = end.here.flatMap { end in start.here.map { end - $0 } }
        there = end.there.flatMap { end in start.there.map { end - $0 } }
        machine = end.machine - start.machine
        stolen = end.stolen.flatMap { end in start.stolen.map { end - $0 } }
        switches = end.switches - start.switches
    }

    /// CPU seconds of every process at both ends; absent without control groups.
    var processes: Double? {
        here.flatMap { here in there.map { here + $0 } }
    }
}
