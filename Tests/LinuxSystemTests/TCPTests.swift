import Glibc
import LinuxSystem
import Testing

@Suite struct TCPTests {
    private func option(_ number: CInt, _ level: CInt, _ name: CInt) -> CInt {
        var value: CInt = -1
        var size = socklen_t(MemoryLayout<CInt>.size)
        _ = unsafe getsockopt(number, level, name, &value, &size)
        return value
    }

    @Test func `a new socket is close-on-exec and does not block`() throws {
        let socket = try TCP.socket(for: .loopbackIPv4, maximumSegment: nil)
        #expect(isCloseOnExec(socket.number))
        #expect(isNonblocking(socket.number))
        #expect(TCP.peerEndpoint(socket.number) == nil)
    }

    @Test(arguments: [1, 87, 1 << 20])
    func `a segment size that TCP does not know is an error`(byteCount: Int) {
        #expect(throws: Errno.invalid) {
            _ = try TCP.socket(for: .loopbackIPv4, maximumSegment: byteCount)
        }
    }

    @Test func `a refused connect says so once`() throws {
        let port: Endpoint
        do { port = try Listener(on: .loopbackIPv4, ports: nil, maximumSegment: nil).endpoint }
        let socket = try TCP.socket(for: .loopbackIPv4, maximumSegment: nil)
        #expect(try !TCP.connect(socket, to: port))
        #expect(try becomesReady(socket.number, .writing))
        #expect(TCP.connectionError(socket.number) == .connectionRefused)
        #expect(TCP.connectionError(socket.number) == nil)
    }

    @Test func `a connect to a port without a listener fails at once`() throws {
        let socket = try TCP.socket(for: .loopbackIPv4, maximumSegment: nil)
        let nobody = Endpoint(try #require(Address("255.255.255.255")), port: 9)
        #expect(throws: Errno.self) { try TCP.connect(socket, to: nobody) }
    }

    @Test func `a socket of one family cannot connect in the other`() throws {
        let socket = try TCP.socket(for: .loopbackIPv4, maximumSegment: nil)
        #expect(throws: Errno(EAFNOSUPPORT)) {
            try TCP.connect(socket, to: Endpoint(.loopbackIPv6, port: 9))
        }
    }

    @Test func `both ends name the same two endpoints`() throws {
        let pair = try Connection()
        let (near, far) = (pair.dialled.number, pair.accepted.number)
        #expect(TCP.localEndpoint(near) == TCP.peerEndpoint(far))
        #expect(TCP.peerEndpoint(near) == TCP.localEndpoint(far))
        #expect(TCP.localEndpoint(near)?.address == .loopbackIPv4)
    }

    @Test func `what is not a socket has no endpoint and no congestion control`() throws {
        let pipe = try Pipe()
        #expect(TCP.localEndpoint(pipe.reader.number) == nil)
        #expect(TCP.peerEndpoint(pipe.reader.number) == nil)
        #expect(TCP.congestionControl(pipe.reader.number) == nil)
        #expect(TCP.unreadByteCount(pipe.writer.number) == 0)
    }

    @Test func `the congestion control is one that this kernel has`() throws {
        let pair = try Connection()
        let known = Proc.contents(of: "/proc/sys/net/ipv4/tcp_available_congestion_control") ?? []
        let names = String(decoding: known, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let used = try #require(TCP.congestionControl(pair.dialled.number))
        #expect(names.contains { $0 == used })
    }

    @Test func `keepalive asks when it was told to`() throws {
        let pair = try Connection()
        let number = pair.accepted.number
        #expect(option(number, SOL_SOCKET, SO_KEEPALIVE) == 0)
        try TCP.keepAlive(number, idle: 15, interval: 16, count: 127)
        #expect(option(number, SOL_SOCKET, SO_KEEPALIVE) == 1)
        #expect(option(number, CInt(IPPROTO_TCP), TCP_KEEPIDLE) == 15)
        #expect(option(number, CInt(IPPROTO_TCP), TCP_KEEPINTVL) == 16)
        #expect(option(number, CInt(IPPROTO_TCP), TCP_KEEPCNT) == 127)
    }

    @Test func `a listener's segment size bounds what its callers send`() throws {
        let pair = try Connection(maximumSegment: 1000)
        let counters = try TCPCounters(of: pair.dialled.number)
        #expect(try #require(counters.segmentSize) <= 1000)
    }

    @Test func `sending takes what there is room for, without blocking`() throws {
        let pair = try Connection()
        let much = [UInt8](repeating: 1, count: 1 << 20)
        var total = 0
        while case let count = try TCP.send(pair.dialled.number, much), count > 0 {
            total += count
            try #require(total < 1 << 30)
        }
        #expect(total > 0)
        #expect(!isNonblocking(pair.dialled.number))
    }

    @Test func `receiving tells nothing yet from the end`() throws {
        let pair = try Connection()
        #expect(try TCP.receive(pair.accepted.number, byteCount: 9) == nil)
        #expect(try TCP.send(pair.dialled.number, [1, 2, 3]) == 3)
        #expect(try becomesReady(pair.accepted.number, .reading))
        #expect(try TCP.receive(pair.accepted.number, byteCount: 2) == [1, 2])
        #expect(try TCP.receive(pair.accepted.number, byteCount: 2) == [3])
        try TCP.shutDownWriting(pair.dialled.number)
        #expect(try becomesReady(pair.accepted.number, .reading))
        #expect(try TCP.receive(pair.accepted.number, byteCount: 2) == [])
    }

    @Test func `a side that shut down writing still reads`() throws {
        let pair = try Connection()
        try TCP.shutDownWriting(pair.dialled.number)
        try Descriptor.writeAll(pair.accepted.number, [9])
        #expect(try Descriptor.read(pair.dialled.number, byteCount: 2) == [9])
        #expect(throws: Errno.brokenPipe) { try TCP.send(pair.dialled.number, [1]) }
    }

    @Test func `shutting down what is not connected is an error`() throws {
        let socket = try TCP.socket(for: .loopbackIPv4, maximumSegment: nil)
        #expect(throws: Errno(ENOTCONN)) { try TCP.shutDownWriting(socket.number) }
    }
}
