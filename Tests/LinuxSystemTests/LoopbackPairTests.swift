import Glibc
import LinuxSystem
import Testing

/// A connection of this host with itself, between a writer and a relay.
@Suite struct LoopbackPairTests {
    @Test func `what is written comes out, and then the end`() throws {
        let pair = try LoopbackPair(window: 1 << 20)
        let reader = pair.reader
        for descriptor in [reader.borrowed, pair.writer.borrowed] {
            #expect(isCloseOnExec(descriptor))
            #expect(!descriptor.isNonblocking)
        }
        let writer = pair.writer
        try writer.borrowed.writeAll([1, 2, 3])
        #expect(try reader.borrowed.read(byteCount: 9) == [1, 2, 3])
        _ = consume writer
        #expect(try reader.borrowed.read(byteCount: 9) == [])
    }

    @Test func `a writer whose reader is gone is told at once`() throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let pair = try LoopbackPair(window: 1 << 20)
        let writer = pair.writer
        let reader = pair.reader
        _ = consume reader
        #expect(throws: Errno.connectionReset) { try writer.borrowed.write([1]) }
        #expect(throws: Errno.brokenPipe) { try writer.borrowed.write([1]) }
    }

    @Test func `it keeps no pace, whatever this host does for others`() throws {
        let pair = try LoopbackPair(window: 1 << 20)
        #expect(TCP.congestionControl(pair.writer.borrowed) == "reno")
    }
}
