import Glibc
import LinuxSystem
import Testing

/// Every kind of file that standard input may be; none of them has `O_NONBLOCK`.
@Suite struct ReadWithoutBlockingTests {
    private func read(_ descriptor: Descriptor, atMost count: Int = 99) throws(Errno) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: count)
        let taken = try descriptor.readWithoutBlocking(into: &block)
        return [UInt8](block.prefix(taken))
    }

    private func passes(_ source: Descriptor, _ target: Descriptor) throws {
        #expect(throws: Errno.wouldBlock) { try read(source) }
        try target.writeAll([1, 2, 3])
        #expect(try becomesReady(source, .reading))
        #expect(try read(source, atMost: 2) == [1, 2])
        #expect(try read(source) == [3])
        #expect(throws: Errno.wouldBlock) { try read(source) }
        #expect(!isNonblocking(source), "the flag would show in other processes")
    }

    @Test func `a pipe, a socket pair and a connection give what is there and do not wait`() throws
    {
        let pipe = try Pipe()
        try passes(pipe.reader.borrowed, pipe.writer.borrowed)
        let pair = try SocketPair(bufferSize: 65536)
        try passes(pair.first.borrowed, pair.second.borrowed)
        let connection = try Connection()
        try passes(connection.accepted.borrowed, connection.dialled.borrowed)
    }

    @Test func `a terminal gives a line when there is one and does not wait`() throws {
        let terminal = try PseudoTerminal()
        let (source, keyboard) = (terminal.terminal.borrowed, terminal.master.borrowed)
        #expect(throws: Errno.wouldBlock) { try read(source) }
        try keyboard.writeAll([UInt8]("a\n".utf8))
        #expect(try becomesReady(source, .reading))
        #expect(try read(source) == [UInt8]("a\n".utf8))
        #expect(throws: Errno.wouldBlock) { try read(source) }
    }

    @Test func `the end is told again and again`() throws {
        func readerOnly(_ pipe: consuming Pipe) -> OwnedDescriptor { pipe.reader }
        let reader = readerOnly(try Pipe())
        for _ in 0..<2 { #expect(try read(reader.borrowed) == []) }
        let null = try OwnedDescriptor.open(Path("/dev/null"), .reading)
        #expect(try read(null.borrowed) == [])
        #expect(throws: Errno(EBADF)) { try read(-1) }
    }

    // For a file `poll` is no help: whoever asked it again at once would spin.
    @Test func `a file that is not in memory is waited for`() throws {
        let contents = [UInt8](repeating: 9, count: 8 << 20)
        let file = try ScratchFile(contents)
        let source = try OwnedDescriptor.open(file.asPath, .reading)
        fsync(source.number)
        posix_fadvise(source.number, 0, 0, POSIX_FADV_DONTNEED)
        var block = [UInt8](repeating: 0, count: 1 << 20)
        var total = 0
        while case let count = try source.borrowed.readWithoutBlocking(into: &block),
            count > 0
        { total += count }
        #expect(total == contents.count)
    }

    @Test func `what is reopened for reading is our own, and does not wait`() throws {
        let pipe = try Pipe()
        let own = try pipe.writer.borrowed.reopenedForReading()
        #expect(isNonblocking(own.borrowed) && isCloseOnExec(own.borrowed))
        #expect(!isNonblocking(pipe.reader.borrowed) && !isNonblocking(pipe.writer.borrowed))
        #expect(throws: Errno.wouldBlock) { try own.borrowed.read(byteCount: 1) }
        try pipe.writer.borrowed.writeAll([1, 2])
        #expect(try own.borrowed.read(byteCount: 9) == [1, 2])
    }

    @Test func `what is queued can be asked at either end of a pipe`() throws {
        let pipe = try Pipe()
        let ends = [pipe.reader.borrowed, pipe.writer.borrowed]
        #expect(ends.map { $0.queuedByteCount } == [0, 0])
        try pipe.writer.borrowed.writeAll([UInt8](repeating: 0, count: 700))
        #expect(ends.map { $0.queuedByteCount } == [700, 700])
        let pair = try SocketPair(bufferSize: 65536)
        try pair.first.borrowed.writeAll([1, 2])
        #expect(pair.second.borrowed.queuedByteCount == 2)
        #expect(pair.first.borrowed.queuedByteCount == 0)
        #expect(Descriptor.closed.queuedByteCount == 0)
    }
}

@Suite struct ReadinessMergingTests {
    @Test func `one descriptor may be watched for several things`() throws {
        let pair = try SocketPair(bufferSize: 65536)
        let descriptor = pair.first.borrowed
        func seen(_ interests: [Readiness.Interest]) throws -> Bool {
            var readiness = Readiness()
            for interest in interests { readiness.watch(descriptor, interest) }
            try readiness.wait(until: .now)
            return readiness[descriptor].isReady
        }
        #expect(try !seen([.reading]))
        #expect(try seen([.reading, .writing]))
        #expect(try seen([.writing, .errorsOnly]))
        #expect(try seen([.errorsOnly, .writing]))
        #expect(try !seen([.errorsOnly, .reading]))
        try pair.second.borrowed.writeAll([1])
        #expect(try seen([.errorsOnly, .reading]))
    }
}
