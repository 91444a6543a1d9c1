import FoundationEssentials
import Glibc

/// A process as /proc shows it.
package struct Found: Sendable, CustomStringConvertible {
    package let pid: pid_t
    package let words: [String]
    package let state: Character
    package let parent: pid_t
    /// Ticks of 10 ms in user and kernel mode.
    package let ticks: Int

    package init?(pid: pid_t) {
        self.pid = pid
        guard let line = contents(of: "/proc/\(pid)/cmdline"),
            let text = text(of: "/proc/\(pid)/stat")
        else { return nil }
        words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        // The name in parentheses may hold anything; the fields come after its end.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].dropFirst(2).split(separator: " ")
        guard fields.count > 12, let letter = fields[0].first, let parent = pid_t(fields[1]),
            let user = Int(fields[11]), let kernel = Int(fields[12])
        else { return nil }
        state = letter
        self.parent = parent
        ticks = user + kernel
    }

    /// All that there are at a moment.
    package static var pids: [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }
    }

    package static func all(where condition: (_ folder: String) -> Bool) -> [Found] {
        pids.filter { condition("/proc/\($0)") }.compactMap { Found(pid: $0) }
    }

    package func send(_ signal: Int32) { kill(pid, signal) }

    package func sendToGroup(_ signal: Int32) { kill(-getpgid(pid), signal) }

    /// What its descriptors are open on, as far as we may see it.
    package var files: [String] {
        let folder = "/proc/\(pid)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + $0)
        }
    }

    /// The time it has had a processor, in nanoseconds.
    package var nanosecondsRun: UInt64? {
        text(of: "/proc/\(pid)/schedstat")?.split(separator: " ").first.flatMap { UInt64($0) }
    }

    /// The most memory it has had at once, in bytes.
    package var peakMemory: Int? {
        let status = text(of: "/proc/\(pid)/status")?.split(separator: "\n")
        let line = status?.first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    package var description: String { "\(pid) (\(state)) \(words.joined(separator: " "))" }
}
