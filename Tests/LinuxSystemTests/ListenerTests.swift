import Glibc
import LinuxSystem
import Testing

@Suite struct ListenerTests {
    private func listener(ports: ClosedRange<UInt16>?) throws -> Listener {
        try Listener(on: .loopbackIPv4, ports: ports)
    }

    /// A range of two ports that are both taken, with the listeners that take them; none that the
    /// kernel would choose for somebody else meanwhile.
    private func takenPorts() throws -> (ports: ClosedRange<UInt16>, holders: [Holder]) {
        for _ in 0..<100 {
            let low = UInt16.random(in: 20_000..<30_000)
            guard let first = try? listener(ports: low...low),
                let second = try? listener(ports: low + 1...low + 1)
            else { continue }
            return (low...low + 1, [Holder(first), Holder(second)])
        }
        throw Errno.addressInUse
    }

    private final class Holder {
        let listener: Listener
        init(_ listener: consuming Listener) { self.listener = listener }
    }

    @Test func `without a range the kernel chooses the port`() throws {
        let first = try listener(ports: nil)
        let second = try listener(ports: nil)
        #expect(first.endpoint.address == .loopbackIPv4)
        #expect(first.endpoint.port != 0)
        #expect(first.endpoint != second.endpoint)
    }

    @Test func `a listener is close-on-exec and does not block`() throws {
        let listener = try listener(ports: nil)
        #expect(isCloseOnExec(listener.socket.borrowed))
        #expect(isNonblocking(listener.socket.borrowed))
        #expect(try listener.accept() == nil)
    }

    @Test func `a port that is taken is passed over`() throws {
        let (ports, holders) = try takenPorts()
        let free = holders[1].listener.endpoint.port
        let left = [holders[0]]
        _ = consume holders
        for _ in 0..<20 {
            let found = try listener(ports: ports)
            #expect(found.endpoint.port == free)
        }
        #expect(left.count == 1)
    }

    @Test func `a range with no free port is in use`() throws {
        let (ports, holders) = try takenPorts()
        for range in [ports, ports.lowerBound...ports.lowerBound] {
            #expect(throws: Errno.addressInUse) { _ = try listener(ports: range) }
        }
        #expect(holders.count == 2)
    }

    @Test func `the widest range is searched from anywhere in it`() throws {
        for _ in 0..<50 {
            let listener = try listener(ports: 1024...65535)
            #expect(listener.endpoint.port >= 1024)
        }
    }

    @Test func `an address of another host cannot be listened on`() throws {
        let other = try #require(Address("192.0.2.7"))
        #expect(throws: Errno(EADDRNOTAVAIL)) {
            _ = try Listener(on: other, ports: 1024...2048)
        }
    }

    @Test(.enabled(if: hasIPv6(), "this host has no IPv6"))
    func `an IPv6 listener takes IPv6 connections`() throws {
        let pair = try Connection(over: .loopbackIPv6)
        #expect(TCP.localEndpoint(pair.accepted.borrowed)?.address == .loopbackIPv6)
    }

    @Test func `a caller is accepted once, close-on-exec and nonblocking`() throws {
        let listener = try listener(ports: nil)
        let caller = try TCP.socket(for: .loopbackIPv4)
        _ = try TCP.connect(caller, to: listener.endpoint)
        #expect(try becomesReady(listener.socket.borrowed, .reading))
        guard let accepted = try listener.accept() else { throw Errno.timedOut }
        #expect(isCloseOnExec(accepted.borrowed))
        #expect(isNonblocking(accepted.borrowed))
        #expect(try listener.accept() == nil)
    }

    @Test func `a silent caller stays hidden from a listener that asks for a byte`() throws {
        let listener = try Listener(
            on: .loopbackIPv4, ports: nil, silence: 5)
        let silent = try TCP.socket(for: .loopbackIPv4)
        _ = try TCP.connect(silent, to: listener.endpoint)
        #expect(try becomesReady(silent.borrowed, .writing))
        let talker = try TCP.socket(for: .loopbackIPv4)
        _ = try TCP.connect(talker, to: listener.endpoint)
        #expect(try becomesReady(talker.borrowed, .writing))
        #expect(try TCP.send(talker.borrowed, [7]) == 1)
        #expect(try becomesReady(listener.socket.borrowed, .reading))
        guard let accepted = try listener.accept() else { throw Errno.timedOut }
        #expect(try TCP.receive(accepted.borrowed, byteCount: 9) == [7], "it is there at once")
        #expect(TCP.peerEndpoint(accepted.borrowed) == TCP.localEndpoint(talker.borrowed))
        #expect(try listener.accept() == nil, "the silent one came first")
    }

    @Test(.enabled(if: hasIPv6(), "this host has no IPv6"))
    func `every IPv4 and every IPv6 address can share a port`() throws {
        // Somebody else may have the IPv4 port now and then, not every time.
        let hasShared = try (0..<20).contains { _ in
            let six = try Listener(on: .anyIPv6, ports: nil)
            let port = six.endpoint.port
            do {
                _ = try Listener(on: .anyIPv4, ports: port...port)
                return true
            } catch let error as Errno where error == .addressInUse {
                return false
            }
        }
        #expect(hasShared)
    }

    @Test func `a port can be listened on again while old connections linger`() throws {
        let port: UInt16
        do {
            let listener = try listener(ports: nil)
            port = listener.endpoint.port
            let caller = try TCP.socket(for: .loopbackIPv4)
            _ = try TCP.connect(caller, to: listener.endpoint)
            #expect(try becomesReady(listener.socket.borrowed, .reading))
            // Whoever closes first keeps the port in TIME_WAIT.
            guard let accepted = try listener.accept() else { throw Errno.timedOut }
            try TCP.shutDownWriting(accepted.borrowed)
            #expect(try becomesReady(caller.borrowed, .reading))
        }
        #expect(try listener(ports: port...port).endpoint.port == port)
    }

    @Test func `a listener that is gone refuses`() throws {
        let endpoint = try listener(ports: nil).endpoint
        let caller = try TCP.socket(for: .loopbackIPv4)
        #expect(throws: Errno.connectionRefused) {
            if try TCP.connect(caller, to: endpoint) { return }
            #expect(try becomesReady(caller.borrowed, .writing))
            if let error = TCP.connectionError(caller.borrowed) { throw error }
        }
    }
}
