import Glibc
import LinuxSystem
import Testing

@Suite struct EnvironmentTests {
    private let some = Environment(
        entries: ["PATH=/bin", "PATHS=x", "EMPTY=", "EQUAL=a=b", "PATH=/second", "odd"]
            .map { [UInt8]($0.utf8) })

    @Test(
        arguments: [
            ("PATH", "/bin"), ("PATHS", "x"), ("EMPTY", ""), ("EQUAL", "a=b"), ("PAT", nil),
            ("odd", nil), ("", nil), ("MISSING", nil),
        ] as [(String, String?)])
    func `a variable is found by its whole name, the first of two`(name: String, value: String?) {
        #expect(some[name] == value.map { [UInt8]($0.utf8) })
    }

    @Test func `setting replaces every entry of the name and keeps the others`() {
        let changed = some.setting("PATH", to: "/new")
        #expect(changed["PATH"] == [UInt8]("/new".utf8))
        #expect(changed.entries.count { $0.starts(with: [UInt8]("PATH=".utf8)) } == 1)
        #expect(changed["PATHS"] == [UInt8]("x".utf8))
        #expect(changed.entries.contains([UInt8]("odd".utf8)))
        #expect(changed.setting("NEW", to: "1").entries.count == changed.entries.count + 1)
        #expect(some["PATH"] == [UInt8]("/bin".utf8), "the first is as it was")
    }

    @Test func `what this process was started with is inherited whole`() async {
        await #expect(processExitsWith: .success) {
            #expect(unsafe setenv("SOCKETPIPE_TEST", "a=b c", 1) == 0)
            let inherited = Environment.inherited()
            #expect(inherited["SOCKETPIPE_TEST"] == [UInt8]("a=b c".utf8))
            let signals = try Signals()
            let told = try run(command([Word("env"), Word("-0")], signals)).output
            #expect(told.split(separator: 0).map { [UInt8]($0) } == inherited.entries)
        }
    }

    @Test func `an empty environment has no entries`() async {
        await #expect(processExitsWith: .success) {
            #expect(clearenv() == 0)
            #expect(Environment.inherited().entries == [])
        }
    }
}

@Suite struct WordTests {
    @Test func `a word is its bytes`() {
        #expect(Word("ä").bytes == [0xc3, 0xa4])
        #expect(Word([0xff, 0x00]).bytes == [0xff, 0x00])
        #expect(Word("a") != Word("b"))
    }

    @Test func `the words of a C program are taken as bytes`() {
        var first: [CChar] = [97, -1, 0]
        var second: [CChar] = [0]
        let words = unsafe first.withUnsafeMutableBufferPointer { first in
            unsafe second.withUnsafeMutableBufferPointer { second in
                var pointers = unsafe [first.baseAddress, second.baseAddress, nil]
                return unsafe arguments(3, &pointers)
            }
        }
        #expect(words == [Word([97, 255]), Word("")])
    }
}

@Suite struct PathTests {
    @Test func `a path need not be UTF-8`() throws {
        let name = [UInt8]("/tmp/socketpipe-test-\(getpid())-".utf8) + [0xff, 0x20, 0x80]
        do {
            let file = try OwnedDescriptor.open(Path(name), .writingNew)
            try file.borrowed.writeAll([5])
        }
        let file = try OwnedDescriptor.open(Path(name), .reading)
        #expect(try file.borrowed.read(byteCount: 2) == [5])
        #expect(unsafe unlink(name.map { CChar(bitPattern: $0) } + [0]) == 0)
    }

    @Test func `a path in text is its UTF-8`() {
        #expect(Path("/ä") == Path([0x2f, 0xc3, 0xa4]))
    }
}
