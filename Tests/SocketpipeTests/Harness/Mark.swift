import Foundation

/// A sign in the environment by which everything that a run started can be found again.
struct Mark: Sendable {
    let value = "spt" + UUID().uuidString

    /// Nobody's: a shell that is started over a socket reads the start-up files of a user, which
    /// take their time, and wait for each other.
    static let home = "/nonexistent"

    /// The environment of a run: nothing of ours but where programs are, and the mark.
    var environment: [String: String] {
        let own = ProcessInfo.processInfo.environment
        return [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": Self.home, "USER": own["USER"] ?? "root", "LANG": "C.UTF-8",
            "SOCKETPIPE_TEST_MARK": value,
        ]
    }

    /// The processes that bear the mark, in their environment or their words; of an end that has
    /// the secret only root may read it, so a child of those counts that cannot be read.
    func processes() -> [Found] {
        var found: [Found] = []
        var hidden: [Found] = []
        for process in Found.all(where: { _ in true }) {
            let texts = ["environ", "cmdline"].map { contents(of: "/proc/\(process.pid)/\($0)") }
            if texts.contains(where: { $0.map(holds) ?? false }) {
                found.append(process)
            } else if texts[0] == nil {
                hidden.append(process)
            }
        }
        while true {
            let parents = Set(found.map(\.pid))
            let children = hidden.filter { parents.contains($0.parent) }
            guard !children.isEmpty else { return found }
            found += children
            hidden.removeAll { parents.contains($0.parent) }
        }
    }

    /// The first process whose words the condition accepts.
    func process(where condition: ([String]) -> Bool) -> Found? {
        processes().first { condition($0.words) }
    }

    /// The process whose words are exactly these.
    func process(_ words: String) -> Found? {
        process { $0.joined(separator: " ") == words }
    }

    /// The there-end's process: its children look like it until they have their own words, and the
    /// guard of its group always does; numbers that began anew may put them before it.
    func thereEnd() -> Found? {
        let alike = processes().filter { $0.words.dropFirst().first == "--remote-end" }
        return alike.first { found in !alike.contains { $0.pid == found.parent } }
    }

    /// What still bears the mark when the time is over.
    func remains(after limit: Duration) async -> [Found] {
        let gone = try? await eventually(within: limit) { processes().isEmpty }
        return gone == true ? [] : processes()
    }

    func killAll() {
        for process in processes() { process.send(SIGKILL) }
    }

    private func holds(_ data: Data) -> Bool { data.range(of: Data(value.utf8)) != nil }
}

/// A process as /proc shows it.
struct Found: Sendable, CustomStringConvertible {
    let pid: pid_t
    let words: [String]
    let state: Character
    let parent: pid_t
    /// Ticks of 10 ms in user and kernel mode.
    let ticks: Int

    init?(pid: pid_t) {
        self.pid = pid
        guard let line = contents(of: "/proc/\(pid)/cmdline"),
            let stat = contents(of: "/proc/\(pid)/stat")
        else { return nil }
        words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        // The name in parentheses may hold anything; the fields come after its end.
        let text = String(decoding: stat, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].dropFirst(2).split(separator: " ")
        guard fields.count > 12, let letter = fields[0].first, let parent = pid_t(fields[1]),
            let user = Int(fields[11]), let kernel = Int(fields[12])
        else { return nil }
        state = letter
        self.parent = parent
        ticks = user + kernel
    }

    static func all(where condition: (_ folder: String) -> Bool) -> [Found] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { condition("/proc/\($0)") }
            .compactMap { Found(pid: $0) }
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    func sendToGroup(_ signal: Int32) { kill(-getpgid(pid), signal) }

    /// What its descriptors are open on, as far as we may see it.
    var files: [String] {
        let folder = "/proc/\(pid)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + $0)
        }
    }

    /// The time it has had a processor, in nanoseconds.
    var nanosecondsRun: UInt64? {
        contents(of: "/proc/\(pid)/schedstat").flatMap {
            String(decoding: $0, as: UTF8.self).split(separator: " ").first.flatMap { UInt64($0) }
        }
    }

    /// The most memory it has had at once, in bytes.
    var peakMemory: Int? {
        let status = contents(of: "/proc/\(pid)/status").map { String(decoding: $0, as: UTF8.self) }
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    var description: String { "\(pid) (\(state)) \(words.joined(separator: " "))" }
}
