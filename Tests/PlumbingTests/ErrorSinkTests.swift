import Glibc
import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct ErrorSinkTests {
    private func words(_ byteCount: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(ascii: "x"), count: byteCount - 1) + [UInt8(ascii: "\n")]
    }

    /// Takes all there is, again and again, until nothing waits any more.
    private func taken(_ pipe: borrowing Pipe, by sink: ErrorSink) throws -> String {
        var bytes: [UInt8] = []
        while pipe.reader.borrowed.queuedByteCount > 0 {
            bytes += try pipe.reader.borrowed.read(byteCount: 1 << 20)
            var readiness = Readiness()
            sink.watch(&readiness)
            try readiness.wait(until: .now)
            sink.advance(readiness)
        }
        #expect(sink.isEmpty)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `nothing waits for a reader that rests, and errors are kept`() throws {
        let pipe = try Pipe(capacity: 4096)
        let sink = ErrorSink(pipe.writer.borrowed)
        for _ in 1...40 { sink.add(words(4096), .note) }
        sink.add([UInt8]("an error\n".utf8), .error)
        #expect(!sink.hasRoom)
        let text = try taken(pipe, by: sink)
        let lines = text.split(separator: "\n")
        let dropped = try #require(lines.firstIndex { $0.contains("dropped") })
        // One was taken at once, 16 wait.
        #expect(lines[dropped].hasPrefix("socketpipe: dropped 23 messages"))
        #expect(lines[..<dropped].count == 17)
        #expect(lines[(dropped + 1)...] == ["an error"])
    }

    @Test func `dropped messages are reported once, as soon as there is room`() throws {
        let pipe = try Pipe(capacity: 4096)
        let sink = ErrorSink(pipe.writer.borrowed)
        for _ in 1...18 { sink.add(words(4096), .note) }
        let text = try taken(pipe, by: sink)
        #expect(text.hasSuffix("dropped 1 message: standard error was not read in time\n"))
        sink.add([UInt8]("later\n".utf8), .note)
        #expect(try taken(pipe, by: sink) == "later\n")
    }

    @Test func `a note longer than the room is said where nothing waits`() throws {
        let pipe = try Pipe(capacity: 4096)
        let sink = ErrorSink(pipe.writer.borrowed)
        sink.add(words(200_000), .note)
        #expect(try taken(pipe, by: sink).utf8.count == 200_000)
    }

    @Test func `the flags of the shared description stay as they are`() throws {
        for isNonblocking in [false, true] {
            let pipe = try Pipe(capacity: 4096)
            try pipe.writer.setNonblocking(isNonblocking)
            let sink = ErrorSink(pipe.writer.borrowed)
            for _ in 1...3 { sink.add(words(4096), .error) }
            #expect(!sink.isEmpty)
            #expect(pipe.writer.borrowed.isNonblocking == isNonblocking)
        }
    }

    @Test func `bytes passed on must wait until taken, but not the messages behind them`()
        throws
    {
        let pipe = try Pipe(capacity: 4096)
        let sink = ErrorSink(pipe.writer.borrowed)
        sink.add(words(6000), .passed)
        sink.add(words(6000), .error)
        var owed: [Int] = []
        for _ in 0..<3 {
            owed.append(sink.passedByteCount)
            _ = try pipe.reader.borrowed.read(byteCount: 4096)
            var readiness = Readiness()
            sink.watch(&readiness)
            try readiness.wait(until: .now)
            sink.advance(readiness)
        }
        #expect(owed == [1904, 0, 0])
        #expect(sink.isEmpty)
    }

    @Test func `a reader that is gone is not waited for`() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = try Pipe(capacity: 4096)
        let sink = ErrorSink(pipe.writer.borrowed)
        sink.add(words(100_000), .passed)
        let null = try OwnedDescriptor.open(Path("/dev/null"), .reading)
        try pipe.reader.borrowed.replace(with: null.borrowed)
        sink.finish()
        #expect(sink.isEmpty && sink.isClosed)
    }

    @Test func `last words of ours wait for a while, and less when we are to end`() throws {
        let pipe = try Pipe(capacity: 4096)
        let sink = ErrorSink(pipe.writer.borrowed)
        sink.add(words(100_000), .passed)
        let start = Instant.now
        sink.finish(isHurried: true)
        #expect(!sink.isEmpty)
        #expect(Instant.now - start < .seconds(5))
    }
}
