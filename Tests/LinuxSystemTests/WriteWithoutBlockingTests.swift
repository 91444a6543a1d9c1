import CLinux
import Glibc
import LinuxSystem
import Testing

/// Every kind of file that standard output or the control channel may be.
@Suite struct WriteWithoutBlockingTests {
    private let much = [UInt8](repeating: 120, count: 65536)

    /// Writes until there is no room.
    ///
    /// - Returns: The number of bytes taken.
    private func fill(_ number: CInt) throws -> Int {
        var total = 0
        while true {
            let count = try Descriptor.writeWithoutBlocking(number, much[...])
            if count == 0 { return total }
            total += count
            try #require(total < 1 << 30)
        }
    }

    @Test func `a full pipe takes nothing, and something once it was read`() throws {
        let pipe = try Pipe()
        #expect(try fill(pipe.writer.number) == 65536)
        #expect(!isNonblocking(pipe.writer.number), "the flag would show in other processes")
        let read = try Descriptor.read(pipe.reader.number, byteCount: 8192)
        #expect(try Descriptor.writeWithoutBlocking(pipe.writer.number, much[...]) == read.count)
    }

    @Test func `a full socket takes nothing, and something once it was read`() throws {
        var ends: [CInt] = [-1, -1]
        _ = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        let near = OwnedDescriptor(owning: ends[0])
        let far = OwnedDescriptor(owning: ends[1])
        #expect(try fill(near.number) > 0)
        #expect(!isNonblocking(near.number))
        while Readiness.now(of: far.number, .reading).isReady {
            _ = try Descriptor.read(far.number, byteCount: 1 << 20)
        }
        #expect(try Descriptor.writeWithoutBlocking(near.number, much[...]) > 0)
    }

    @Test func `a regular file takes everything`() throws {
        let file = try ScratchFile([])
        let output = try OwnedDescriptor.open(file.asPath, .writingNew)
        #expect(try Descriptor.writeWithoutBlocking(output.number, much[...]) == much.count)
        #expect(file.contents == much)
    }

    @Test func `a slice is written from its own start`() throws {
        let pipe = try Pipe()
        let bytes: [UInt8] = [1, 2, 3, 4, 5]
        #expect(try Descriptor.writeWithoutBlocking(pipe.writer.number, bytes[2...]) == 3)
        #expect(try Descriptor.read(pipe.reader.number, byteCount: 9) == [3, 4, 5])
    }

    @Test func `a character device that is no terminal takes bytes`() throws {
        let null = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        #expect(try Descriptor.writeWithoutBlocking(null.number, much[...]) > 0)
        let zero = try OwnedDescriptor.open(Path("/dev/zero"), .readingAndWriting)
        #expect(try Descriptor.writeWithoutBlocking(zero.number, much[...]) > 0)
    }

    @Test func `a device that is full says so`() throws {
        let full = try OwnedDescriptor.open(Path("/dev/full"), .readingAndWriting)
        #expect(throws: Errno(ENOSPC)) {
            try Descriptor.writeWithoutBlocking(full.number, much[...])
        }
    }

    @Test func `a terminal that nobody reads takes what fits, and never blocks`() async {
        await #expect(processExitsWith: .success) {
            // What blocks is ended by a signal, and told so.
            alarm(5)
            let pair = try PseudoTerminal()
            let master = pair.master.number
            guard let own = Descriptor.unblockedTerminal(pair.terminal.number) else {
                throw Errno(ENOTTY)
            }
            let terminal = own.number
            let much = [UInt8](repeating: 120, count: 65536)
            for size in [65536, 4096, 1000, 7, 1] {
                while try Descriptor.writeWithoutBlocking(terminal, much.prefix(size)) > 0 {}
            }
            #expect(!isNonblocking(pair.terminal.number))
            for room in 1...200 {
                _ = try Descriptor.read(master, byteCount: room)
                while try Descriptor.writeWithoutBlocking(terminal, much[...]) > 0 {}
            }
        }
    }

    @Test func `a pipe that nobody reads is broken`() async {
        await #expect(processExitsWith: .success) {
            linux_ignore_signal(SIGPIPE)
            let writer = try pipeWithoutReader()
            let number = writer.number
            #expect(throws: Errno.brokenPipe) {
                try Descriptor.writeWithoutBlocking(number, [1])
            }
        }
    }

    @Test func `a socket whose peer is gone is broken and sends no signal`() throws {
        var ends: [CInt] = [-1, -1]
        _ = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        let near = OwnedDescriptor(owning: ends[0])
        Descriptor.closeInherited(ends[1])
        #expect(throws: Errno.brokenPipe) {
            try Descriptor.writeWithoutBlocking(near.number, [1])
        }
    }

    @Test func `a descriptor that only reads is an error`() throws {
        let pipe = try Pipe()
        #expect(throws: Errno(EBADF)) {
            try Descriptor.writeWithoutBlocking(pipe.reader.number, [1])
        }
    }
}

private func pipeWithoutReader() throws -> OwnedDescriptor {
    let pipe = try Pipe()
    return pipe.writer
}
