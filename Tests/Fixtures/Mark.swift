import FoundationEssentials
import Glibc

/// A sign in the environment by which everything that a run started can be found again.
package struct Mark: Sendable {
    package let value: String

    package init(_ value: String = "spt" + UUID().uuidString) { self.value = value }

    /// Nobody's: a shell that is started over a socket reads the start-up files of a user, which
    /// take their time, and wait for each other.
    package static let home = "/nonexistent"

    /// The environment of a run: nothing of ours but where programs are, and the mark.
    package var environment: [String: String] {
        [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": Self.home, "USER": Fixtures.environment("USER") ?? "root", "LANG": "C.UTF-8",
            "SOCKETPIPE_TEST_MARK": value,
        ]
    }

    /// The processes that bear the mark, in their environment or their words; of an end that has
    /// the secret only root may read it, so a child of those counts that cannot be read.
    package func processes() -> [Found] {
        var found: [Found] = []
        var hidden: [Found] = []
        for pid in Found.pids {
            let environment = contents(of: "/proc/\(pid)/environ")
            let isMarked = [environment, contents(of: "/proc/\(pid)/cmdline")].contains {
                $0?.holds(value) ?? false
            }
            guard isMarked || environment == nil, let process = Found(pid: pid) else { continue }
            if isMarked { found.append(process) } else { hidden.append(process) }
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
    package func process(where condition: ([String]) -> Bool) -> Found? {
        processes().first { condition($0.words) }
    }

    /// The process whose words are exactly these.
    package func process(_ words: String) -> Found? {
        process { $0.joined(separator: " ") == words }
    }

    /// The there-end's process: its children look like it until they have their own words, and the
    /// guard of its group always does; numbers that began anew may put them before it.
    package func thereEnd() -> Found? {
        let alike = processes().filter { $0.words.dropFirst().first == "--remote-end" }
        return alike.first { found in !alike.contains { $0.pid == found.parent } }
    }

    /// What still bears the mark when the time is over.
    package func remains(after limit: Duration) async -> [Found] {
        let gone = try? await eventually(within: limit) { processes().isEmpty }
        return gone == true ? [] : processes()
    }

    package func killAll() {
        for process in processes() { process.send(SIGKILL) }
    }
}

extension Data {
    /// The C library does it: a loop over bytes, not optimized, took a quarter of the tests' time.
    fileprivate func holds(_ word: String) -> Bool {
        let word = Array(word.utf8)
        return unsafe withUnsafeBytes { bytes in
            guard var place = bytes.baseAddress else { return false }
            let end = unsafe place + bytes.count
            while let start = unsafe memchr(place, Int32(word[0]), end - place),
                unsafe end - UnsafeRawPointer(start) >= word.count
            {
                if unsafe memcmp(start, word, word.count) == 0 { return true }
                unsafe place = UnsafeRawPointer(start) + 1
            }
            return false
        }
    }
}
