import Glibc
import LinuxSystem
import Testing

@Suite struct TCPTests {
    private func option(_ socket: Descriptor, _ level: CInt, _ name: CInt) -> CInt {
        var value: CInt = -1
        var size = socklen_t(MemoryLayout<CInt>.size)
        _ = unsafe getsockopt(socket.number, level, name, &value, &size)
        return value
    }

    @Test func `a new socket is close-on-exec and does not block`() throws {
        let socket = try TCP.socket(for: .loopbackIPv4)
        #expect(isCloseOnExec(socket.borrowed))
        #expect(isNonblocking(socket.borrowed))
        #expect(TCP.peerEndpoint(socket.borrowed) == nil)
    }

    @Test(arguments: [1, 87, 1 << 20])
    func `a segment size that TCP does not know is an error`(byteCount: Int) {
        var options = SocketOptions()
        options.maximumSegment = byteCount
        #expect(throws: Errno.invalid) {
            _ = try TCP.socket(for: .loopbackIPv4, options)
        }
    }

    @Test func `a refused connect says so once`() throws {
        let port: Endpoint
        do { port = try Listener(on: .loopbackIPv4, ports: nil).endpoint }
        let socket = try TCP.socket(for: .loopbackIPv4)
        #expect(try !TCP.connect(socket, to: port))
        #expect(try becomesReady(socket.borrowed, .writing))
        #expect(TCP.connectionError(socket.borrowed) == .connectionRefused)
        #expect(TCP.connectionError(socket.borrowed) == nil)
    }

    @Test func `a connect to a port without a listener fails at once`() throws {
        let socket = try TCP.socket(for: .loopbackIPv4)
        let nobody = Endpoint(try #require(Address("255.255.255.255")), port: 9)
        #expect(throws: Errno.self) { try TCP.connect(socket, to: nobody) }
    }

    @Test func `a socket of one family cannot connect in the other`() throws {
        let socket = try TCP.socket(for: .loopbackIPv4)
        #expect(throws: Errno(EAFNOSUPPORT)) {
            try TCP.connect(socket, to: Endpoint(.loopbackIPv6, port: 9))
        }
    }

    @Test func `both ends name the same two endpoints`() throws {
        let pair = try Connection()
        let (near, far) = (pair.dialled.borrowed, pair.accepted.borrowed)
        #expect(TCP.localEndpoint(near) == TCP.peerEndpoint(far))
        #expect(TCP.peerEndpoint(near) == TCP.localEndpoint(far))
        #expect(TCP.localEndpoint(near)?.address == .loopbackIPv4)
    }

    @Test func `what is not a socket has no endpoint and no congestion control`() throws {
        let pipe = try Pipe()
        #expect(TCP.localEndpoint(pipe.reader.borrowed) == nil)
        #expect(TCP.peerEndpoint(pipe.reader.borrowed) == nil)
        #expect(TCP.congestionControl(pipe.reader.borrowed) == nil)
        #expect(TCP.unreadByteCount(pipe.writer.borrowed) == 0)
    }

    @Test func `the congestion control is one that this kernel has`() throws {
        let pair = try Connection()
        let known = Proc.contents(of: "/proc/sys/net/ipv4/tcp_available_congestion_control") ?? []
        let names = String(decoding: known, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        let used = try #require(TCP.congestionControl(pair.dialled.borrowed))
        #expect(names.contains { $0 == used })
    }

    @Test func `keepalive asks when it was told to`() throws {
        let pair = try Connection()
        let descriptor = pair.accepted.borrowed
        #expect(option(descriptor, SOL_SOCKET, SO_KEEPALIVE) == 0)
        try TCP.keepAlive(descriptor, idle: 15, interval: 16, count: 127)
        #expect(option(descriptor, SOL_SOCKET, SO_KEEPALIVE) == 1)
        #expect(option(descriptor, CInt(IPPROTO_TCP), TCP_KEEPIDLE) == 15)
        #expect(option(descriptor, CInt(IPPROTO_TCP), TCP_KEEPINTVL) == 16)
        #expect(option(descriptor, CInt(IPPROTO_TCP), TCP_KEEPCNT) == 127)
    }

    @Test func `a listener's segment size bounds what its callers send`() throws {
        var options = SocketOptions()
        options.maximumSegment = 1000
        let pair = try Connection(options)
        let counters = try TCPCounters(of: pair.dialled.borrowed)
        #expect(try #require(counters.segmentSize) <= 1000)
    }

    @Test func `sending takes what there is room for, without blocking`() throws {
        let pair = try Connection()
        let much = [UInt8](repeating: 1, count: 1 << 20)
        var total = 0
        while case let count = try TCP.send(pair.dialled.borrowed, much), count > 0 {
            total += count
            try #require(total < 1 << 30)
        }
        #expect(total > 0)
        #expect(!isNonblocking(pair.dialled.borrowed))
    }

    @Test func `receiving tells nothing yet from the end`() throws {
        let pair = try Connection()
        #expect(try TCP.receive(pair.accepted.borrowed, byteCount: 9) == nil)
        #expect(try TCP.send(pair.dialled.borrowed, [1, 2, 3]) == 3)
        #expect(try becomesReady(pair.accepted.borrowed, .reading))
        #expect(try TCP.receive(pair.accepted.borrowed, byteCount: 2) == [1, 2])
        #expect(try TCP.receive(pair.accepted.borrowed, byteCount: 2) == [3])
        try TCP.shutDownWriting(pair.dialled.borrowed)
        #expect(try becomesReady(pair.accepted.borrowed, .reading))
        #expect(try TCP.receive(pair.accepted.borrowed, byteCount: 2) == [])
    }

    @Test func `a side that shut down writing still reads`() throws {
        let pair = try Connection()
        try TCP.shutDownWriting(pair.dialled.borrowed)
        try pair.accepted.borrowed.writeAll([9])
        #expect(try pair.dialled.borrowed.read(byteCount: 2) == [9])
        #expect(throws: Errno.brokenPipe) { try TCP.send(pair.dialled.borrowed, [1]) }
    }

    @Test func `shutting down what is not connected is an error`() throws {
        let socket = try TCP.socket(for: .loopbackIPv4)
        #expect(throws: Errno(ENOTCONN)) { try TCP.shutDownWriting(socket.borrowed) }
    }
}
