import LinuxSystem
import Testing

/// The counters from which the verdict is made: exact, in both roles.
@Suite struct TCPCountersTests {
    /// Our SYN is acknowledged like a byte, so the end that dialled counts one more.
    private func acknowledgedSYN(_ role: Connection.Role) -> Int64 {
        role == .dialled ? 1 : 0
    }

    /// Writes bytes at one end and reads them at the other, without an end of stream.
    private func pass(_ byteCount: Int, from sender: Descriptor, to reader: Descriptor) throws {
        var unwritten = [UInt8](repeating: 42, count: byteCount)
        var unread = byteCount
        while unread > 0 {
            unwritten.removeLast(try TCP.send(sender, unwritten))
            unread -= try TCP.receive(reader, byteCount: 1 << 20)?.count ?? 0
        }
    }

    @Test(arguments: Connection.Role.allCases, [0, 1, 65536, 3_000_000])
    func `counts are exact before and after the end of stream`(
        role: Connection.Role, byteCount: Int
    ) throws {
        let pair = try Connection()
        let (sender, reader) = (pair.end(role), pair.end(role.peer))
        try pass(byteCount, from: sender, to: reader)
        let all = Int64(byteCount)
        let syn = acknowledgedSYN(role)
        #expect(try happens { try TCPCounters(of: sender).acknowledged == all + syn })
        var counters = try TCPCounters(of: sender)
        #expect(counters.state == .established)
        #expect(counters.unacknowledged == 0)
        #expect(!counters.finIsSent)
        #expect(!counters.finIsAcknowledged)
        #expect(counters.sent.map { $0 - (counters.retransmitted ?? 0) } == all)
        #expect(counters.notSent == 0)
        #expect(try TCPCounters(of: reader).received == all)

        try TCP.shutDownWriting(sender)
        #expect(try happens { try TCPCounters(of: sender).finIsAcknowledged })
        counters = try TCPCounters(of: sender)
        #expect(counters.finIsSent)
        #expect(counters.acknowledged == all + syn + 1, "the FIN is acknowledged like a byte")
        #expect(counters.sent.map { $0 - (counters.retransmitted ?? 0) } == all)
        let received = try TCPCounters(of: reader)
        #expect(received.finIsReceived)
        #expect(received.received == all + 1, "the FIN is received like a byte")
        #expect(TCP.unreadByteCount(reader) == 0)
    }

    @Test(arguments: Connection.Role.allCases)
    func `counts outlive a reset by the peer`(role: Connection.Role) throws {
        let pair = try Connection()
        let (sender, reader) = (pair.end(role), pair.end(role.peer))
        try pass(1000, from: sender, to: reader)
        let syn = acknowledgedSYN(role)
        #expect(try happens { try TCPCounters(of: sender).acknowledged == 1000 + syn })
        try TCP.disconnect(reader)
        #expect(try happens { try TCPCounters(of: sender).state == .closed })
        let counters = try TCPCounters(of: sender)
        #expect(counters.acknowledged == 1000 + syn)
        #expect(counters.sent == 1000)
        #expect(counters.notSent == 0)
        #expect(counters.unacknowledged == 0)
    }

    @Test func `bytes that wait to be read are counted, the end of stream is not`() throws {
        let pair = try Connection()
        let reader = pair.accepted.borrowed
        try pair.dialled.borrowed.writeAll([UInt8](repeating: 0, count: 700))
        #expect(try happens { TCP.unreadByteCount(reader) == 700 })
        try TCP.shutDownWriting(pair.dialled.borrowed)
        #expect(try happens { try TCPCounters(of: reader).finIsReceived })
        #expect(TCP.unreadByteCount(reader) == 700)
        #expect(try reader.read(byteCount: 200).count == 200)
        #expect(TCP.unreadByteCount(reader) == 500)
        #expect(try reader.read(byteCount: 9000).count == 500)
        #expect(TCP.unreadByteCount(reader) == 0)
    }

    @Test func `buffers are full of what nobody reads, and empty again after that`() throws {
        let pair = try Connection()
        let (writer, reader) = (pair.dialled.borrowed, pair.accepted.borrowed)
        func fills() throws -> [Int] {
            [
                try #require(TCP.bufferFill(writer, receiving: false)),
                try #require(TCP.bufferFill(reader, receiving: true)),
            ]
        }
        #expect(try fills() == [0, 0])
        let block = [UInt8](repeating: 0, count: 65536)
        var (written, read) = (0, 0)
        #expect(
            try happens {
                written += try TCP.send(writer, block)
                return try fills().allSatisfy { $0 > 600 }
            })
        #expect(
            try happens {
                read += try TCP.receive(reader, byteCount: block.count)?.count ?? 0
                return read == written
            })
        #expect(try happens { try fills() == [0, 0] })
        #expect(TCP.bufferFill(-1, receiving: true) == nil)
    }

    @Test func `bytes that the window holds back are not sent`() throws {
        let pair = try Connection()
        let much = [UInt8](repeating: 0, count: 1 << 20)
        var written: Int64 = 0
        while case let count = try TCP.send(pair.dialled.borrowed, much), count > 0 {
            written += Int64(count)
        }
        let counters = try TCPCounters(of: pair.dialled.borrowed)
        let sent = try #require(counters.sent)
        let retransmitted = try #require(counters.retransmitted)
        let notSent = try #require(counters.notSent)
        #expect(notSent > 0)
        #expect(sent - retransmitted + notSent == written)
        #expect(counters.acknowledged <= sent + 1)
    }

    @Test func `a connection that moved bytes has a round-trip time, a segment size and no loss`()
        throws
    {
        let pair = try Connection()
        try pass(100_000, from: pair.dialled.borrowed, to: pair.accepted.borrowed)
        let counters = try TCPCounters(of: pair.dialled.borrowed)
        #expect(try #require(counters.roundTripMicroseconds) > 0)
        #expect(try #require(counters.segmentSize) > 500)
        #expect(counters.retransmitBackoff == 0)
        #expect(counters.busyMicroseconds != nil)
        #expect(counters.receiverLimitedMicroseconds != nil)
        #expect(try #require(counters.millisecondsSinceAcknowledgement) < 10_000)
    }

    @Test func `both ends that shut down are closed for each other`() throws {
        let pair = try Connection()
        let (first, second) = (pair.dialled.borrowed, pair.accepted.borrowed)
        try TCP.shutDownWriting(first)
        #expect(try happens { try TCPCounters(of: second).state == .closeWait })
        #expect(try happens { try TCPCounters(of: first).state == .finWait2 })
        try TCP.shutDownWriting(second)
        // TIME_WAIT lives on without the socket, whose own state is then CLOSED.
        #expect(try happens { try TCPCounters(of: first).state == .closed })
        #expect(try happens { try TCPCounters(of: second).state == .closed })
        #expect(try first.read(byteCount: 1) == [])
    }

    @Test func `what is no TCP socket has no counters`() throws {
        let pipe = try Pipe()
        #expect(throws: Errno(88)) { _ = try TCPCounters(of: pipe.reader.borrowed) }
    }
}
