import LinuxSystem
import Testing

@testable import Plumbing

/// Whether the amount is known that a producer will write: a wrong one is worse than none.
@Suite struct KnownSizeTests {
    private func sources(_ words: String...) -> [Plan.Source]? {
        var plan = Plan(login: [Word("env")], remote: [Word("cat")])
        plan.producer = .command(words.map { Word($0) })
        return plan.sources
    }

    @Test func `cat passes on files as they are`() {
        #expect(sources("cat") == [.standardInput])
        #expect(sources("/bin/cat", "-") == [.standardInput])
        #expect(sources("cat", "a", "-", "b") == [.file("a"), .standardInput, .file("b")])
    }

    @Test func `nothing is known of what another program writes, or cat with options`() {
        #expect(sources("gzip") == nil && sources("sort", "file") == nil)
        #expect(sources("concat") == nil && sources("./cat.sh") == nil)
        #expect(sources("cat", "-n", "a") == nil && sources("cat", "--", "a") == nil)
        #expect(sources("cat", "-", "-") == nil)
    }

    @Test func `our own input is known, and what comes back never is`() {
        var plan = Plan(login: [Word("env")], remote: [Word("cat")])
        plan.consumer = .standard
        #expect(plan.sources == nil && plan.knownSize == nil)
        plan.producer = .standard
        #expect(plan.sources == [.standardInput])
    }

    @Test func `files of the kernel, folders and what is not there have no size`() {
        for path in ["/proc/self/status", "/sys/kernel/notes", "/dev/null", "/", "/nowhere"] {
            var plan = Plan(login: [Word("env")], remote: [Word("cat")])
            plan.producer = .command([Word("cat"), Word(path)])
            #expect(plan.knownSize == nil, "\(path)")
        }
    }
}

extension Plan.Source {
    fileprivate static func file(_ path: String) -> Plan.Source { .file(Path(path)) }
}
