import Glibc
import Testing

@testable import LinuxSystem
@testable import Plumbing

/// Whether the amount is known that a producer will write: a wrong one is worse than none.
@Suite struct KnownSizeTests {
    private func sendsInput(_ words: String...) -> Bool {
        var plan = Plan(login: [Word("env")], remote: [Word("cat")])
        plan.producer = .command(words.map { Word($0) })
        return plan.sendsStandardInput
    }

    @Test func `cat passes on standard input as it is`() {
        #expect(sendsInput("cat") && sendsInput("/bin/cat", "-"))
    }

    @Test func `nothing is known of what another program writes, or cat of other files`() {
        #expect(!sendsInput("gzip") && !sendsInput("concat") && !sendsInput("./cat.sh"))
        #expect(!sendsInput("cat", "-n") && !sendsInput("cat", "a") && !sendsInput("cat", "-", "-"))
    }

    @Test func `our own input is known, and what comes back never is`() {
        var plan = Plan(login: [Word("env")], remote: [Word("cat")])
        plan.consumer = .standard
        #expect(!plan.sendsStandardInput && plan.knownSize == nil)
        plan.producer = .standard
        #expect(plan.sendsStandardInput)
    }

    @Test func `files of the kernel, folders and devices have no size`() throws {
        for path in ["/proc/self/status", "/sys/kernel/notes", "/dev/null", "/"] {
            let file = try OwnedDescriptor.open(Path(path), .readingUnblocked)
            #expect(FileLength(of: file.borrowed) == nil, "\(path)")
        }
    }

    @Test func `behind its end a file has nothing more`() throws {
        let file = try OwnedDescriptor.open(Path("/bin/sh"), .readingUnblocked)
        lseek(file.number, 1 << 40, SEEK_SET)
        #expect(FileLength(of: file.borrowed)?.byteCount == 0)
    }
}
