import Glibc
import LinuxSystem
import Testing

/// What a command finds at its descriptors.
@Suite struct SpawnedDescriptorsTests {
    /// Puts a pipe of its own at each of 0, 1 and 2 of this process, close-on-exec.
    private static func standardPipes() throws -> [UInt64] {
        try [.standardInput, .standardOutput, .standardError].map { (descriptor: Descriptor) in
            let pipe = try Pipe()
            try descriptor.replace(with: pipe.reader.borrowed)
            _ = fcntl(descriptor.number, F_SETFD, FD_CLOEXEC)
            return descriptor.inode
        }
    }

    /// Tells in a file what stands at the command's 0, 1 and 2.
    private static let tell = """
        found=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2)
        echo "$found" >"$1"
        """

    @Test func `each of 0 to 2 becomes what was ordered, whatever it was before`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let inodes = try SpawnedDescriptorsTests.standardPipes()
            let other = try Pipe()
            let sources: [Descriptor] = [0, 1, 2, other.reader.borrowed]
            let all = inodes + [other.reader.borrowed.inode]
            for choice in 0..<64 {
                let (input, output, error) = (choice & 3, choice >> 2 & 3, choice >> 4)
                let file = try ScratchFile([])
                var order = shell(
                    SpawnedDescriptorsTests.tell, signals, arguments: [Word(file.path)])
                order.input = sources[input]
                order.output = sources[output]
                order.error = sources[error]
                #expect(try status(of: try order.spawn()) == .exited(0))
                let told = String(decoding: file.contents, as: UTF8.self)
                #expect(told == [input, output, error].map { "pipe:[\(all[$0])]\n" }.joined())
            }
        }
    }

    @Test func `what was not ordered is what we have`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let before = [Descriptor.standardInput, .standardError].map { $0.inode }
            let file = try ScratchFile([])
            let script = "stat -Lc %i /dev/fd/0 /dev/fd/2 >\"$1\""
            let order = shell(script, signals, arguments: [Word(file.path)])
            #expect(try status(of: try order.spawn()) == .exited(0))
            let told = String(decoding: file.contents, as: UTF8.self)
            #expect(told == "\(before[0])\n\(before[1])\n")
        }
    }

    /// The descriptors that a command has from 3 on, its directory listing aside.
    private static func seen(_ closesOthers: Bool) throws -> [String] {
        let signals = try Signals()
        let shared = try Pipe()
        // An inherited descriptor, as the user's shell would leave one for `<( … )`.
        let inherited = Descriptor(number: 50)
        try inherited.replace(with: shared.reader.borrowed)
        defer { inherited.closeInherited() }
        var order = shell("for n in /proc/$$/fd/*; do echo ${n##*/}; done", signals)
        order.closesOthers = closesOthers
        return try run(order).lines
    }

    @Test func `inherited descriptors reach a command`() async {
        await #expect(processExitsWith: .success) {
            let seen = try SpawnedDescriptorsTests.seen(false)
            #expect(seen.contains("50"))
        }
    }

    @Test func `only 0 to 2 reach a command that is to get no others`() async {
        await #expect(processExitsWith: .success) {
            let seen = try SpawnedDescriptorsTests.seen(true)
            // The shell's own directory listing may show as well.
            #expect(seen.starts(with: ["0", "1", "2"]))
            #expect(seen.count <= 4)
            #expect(!seen.contains("50"))
        }
    }

    @Test func `our own descriptors never reach a command`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let pipe = try Pipe()
            let listener = try Listener(on: .loopbackIPv4, ports: nil)
            let ours = [
                pipe.reader.borrowed, pipe.writer.borrowed, listener.socket.borrowed,
                signals.descriptor.borrowed,
            ]
            let order = shell("for n in /proc/$$/fd/*; do readlink $n; done", signals)
            let seen = try run(order).text
            for descriptor in ours { #expect(!seen.contains("[\(descriptor.inode)]")) }
            #expect(!seen.contains("signalfd"))
        }
    }

    @Test func `a descriptor that is not open is an error, and leaves no process`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            var order = command([Word("true")], signals)
            order.input = Descriptor(number: 1 << 20)
            #expect(throws: Errno(EBADF)) { try order.spawn() }
            #expect(Reaped.next() == nil)
        }
    }
}
