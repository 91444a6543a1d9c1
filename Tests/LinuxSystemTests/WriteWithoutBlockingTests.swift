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
    private func fill(_ descriptor: Descriptor) throws -> Int {
        var total = 0
        while true {
            let count = try descriptor.writeWithoutBlocking(much[...])
            if count == 0 { return total }
            total += count
            try #require(total < 1 << 30)
        }
    }

    @Test func `a full pipe takes nothing, and something once it was read`() throws {
        let pipe = try Pipe()
        #expect(try fill(pipe.writer.borrowed) == 65536)
        #expect(!isNonblocking(pipe.writer.borrowed), "the flag would show in other processes")
        let read = try pipe.reader.borrowed.read(byteCount: 8192)
        #expect(try pipe.writer.borrowed.writeWithoutBlocking(much[...]) == read.count)
    }

    @Test func `a full socket takes nothing, and something once it was read`() throws {
        var ends: [CInt] = [-1, -1]
        _ = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        let near = OwnedDescriptor(owning: ends[0])
        let far = OwnedDescriptor(owning: ends[1])
        #expect(try fill(near.borrowed) > 0)
        #expect(!isNonblocking(near.borrowed))
        while Readiness.now(of: far.borrowed, .reading).isReady {
            _ = try far.borrowed.read(byteCount: 1 << 20)
        }
        #expect(try near.borrowed.writeWithoutBlocking(much[...]) > 0)
    }

    @Test func `a regular file takes everything`() throws {
        let file = try ScratchFile([])
        let output = try OwnedDescriptor.open(file.asPath, .writingNew)
        #expect(try output.borrowed.writeWithoutBlocking(much[...]) == much.count)
        #expect(file.contents == much)
    }

    @Test func `a slice is written from its own start`() throws {
        let pipe = try Pipe()
        let bytes: [UInt8] = [1, 2, 3, 4, 5]
        #expect(try pipe.writer.borrowed.writeWithoutBlocking(bytes[2...]) == 3)
        #expect(try pipe.reader.borrowed.read(byteCount: 9) == [3, 4, 5])
    }

    @Test func `a character device that is no terminal takes bytes`() throws {
        let null = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        #expect(try null.borrowed.writeWithoutBlocking(much[...]) > 0)
        let zero = try OwnedDescriptor.open(Path("/dev/zero"), .readingAndWriting)
        #expect(try zero.borrowed.writeWithoutBlocking(much[...]) > 0)
    }

    @Test func `a device that is full says so`() throws {
        let full = try OwnedDescriptor.open(Path("/dev/full"), .readingAndWriting)
        #expect(throws: Errno(ENOSPC)) {
            try full.borrowed.writeWithoutBlocking(much[...])
        }
    }

    @Test func `a terminal that nobody reads takes what fits, and never blocks`() async {
        await #expect(processExitsWith: .success) {
            // What blocks is ended by a signal, and told so.
            alarm(5)
            let pair = try PseudoTerminal()
            let master = pair.master.borrowed
            guard let own = pair.terminal.borrowed.unblockedTerminal() else {
                throw Errno(ENOTTY)
            }
            let terminal = own.borrowed
            let much = [UInt8](repeating: 120, count: 65536)
            for size in [65536, 4096, 1000, 7, 1] {
                while try terminal.writeWithoutBlocking(much.prefix(size)) > 0 {}
            }
            #expect(!isNonblocking(pair.terminal.borrowed))
            for room in 1...200 {
                _ = try master.read(byteCount: room)
                while try terminal.writeWithoutBlocking(much[...]) > 0 {}
            }
        }
    }

    @Test func `a pipe that nobody reads is broken`() async {
        await #expect(processExitsWith: .success) {
            linux_ignore_signal(SIGPIPE)
            let writer = try pipeWithoutReader()
            let descriptor = writer.borrowed
            #expect(throws: Errno.brokenPipe) {
                try descriptor.writeWithoutBlocking([1])
            }
        }
    }

    @Test func `a socket whose peer is gone is broken and sends no signal`() throws {
        var ends: [CInt] = [-1, -1]
        _ = unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        let near = OwnedDescriptor(owning: ends[0])
        Descriptor(number: ends[1]).closeInherited()
        #expect(throws: Errno.brokenPipe) {
            try near.borrowed.writeWithoutBlocking([1])
        }
    }

    @Test func `a descriptor that only reads is an error`() throws {
        let pipe = try Pipe()
        #expect(throws: Errno(EBADF)) {
            try pipe.reader.borrowed.writeWithoutBlocking([1])
        }
    }
}

private func pipeWithoutReader() throws -> OwnedDescriptor {
    let pipe = try Pipe()
    return pipe.writer
}
