import Fixtures
import FoundationEssentials
import Glibc

/// What a figure depends on beside the contenders.
struct Facts: Codable {
    var date: String
    var processor: String
    var processors: Int
    var memoryMegabytes: Int
    var kernel: String
    var loadAverage: String
    var limits: [String: String]
    var versions: [String: String]

    init(_ bench: Workbench) {
        date = Date.now.formatted(.iso8601)
        let lines = (text(of: "/proc/cpuinfo") ?? "").split(separator: "\n")
        let model = lines.first { $0.hasPrefix("model name") }
        processor = model.map { String($0.drop { $0 != ":" }.dropFirst(2)) } ?? "unknown"
        processors = Self.processors
        memoryMegabytes =
            sysconf(Int32(_SC_PHYS_PAGES)) / 1024 * sysconf(Int32(_SC_PAGESIZE)) / 1024
        kernel = Self.line("/proc/sys/kernel/osrelease")
        loadAverage = Self.line("/proc/loadavg")
        limits = Self.limits
        versions = Self.versions(bench)
    }

    static var processors: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    private static var limits: [String: String] {
        let names = [
            "fs/pipe-max-size", "fs/pipe-user-pages-soft", "net/ipv4/tcp_rmem",
            "net/ipv4/tcp_wmem", "kernel/io_uring_disabled",
        ]
        return Dictionary(uniqueKeysWithValues: names.map { ($0, line("/proc/sys/\($0)")) })
    }

    private static func line(_ path: String) -> String {
        (text(of: path) ?? "unknown").split(separator: "\n").first.map(String.init) ?? ""
    }

    /// The first line each program says about its version.
    private static func versions(_ bench: Workbench) -> [String: String] {
        let questions = [
            "ssh": ["ssh", "-V"], "socat": ["socat", "-V"], "mbuffer": ["mbuffer", "--version"],
            "iperf3": ["iperf3", "--version"], "nc": ["nc", "-h"], "pv": ["pv", "--version"],
            "dd": ["dd", "--version"],
            "socketpipe": ["\(bench.folder)/socketpipe", "--version"],
        ]
        return questions.compactMapValues { words in
            let said = try? Said(words, within: 5)
            let lines = ((said?.output ?? "") + (said?.error ?? "")).split(separator: "\n")
            return lines.first { $0.contains { $0.isNumber } || $0.contains("netcat") }
                .map(String.init)
        }
    }
}
