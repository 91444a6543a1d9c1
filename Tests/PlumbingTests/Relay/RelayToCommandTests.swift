import Glibc
import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

/// A relay between a connection and a command, whose part the test plays.
@Suite struct RelayToCommandTests {
    /// Everything around one relay.
    private final class Place {
        let relay: Relay
        /// The command's end of the link, and the peer's of the connection.
        var command: OwnedDescriptor?
        var peer: OwnedDescriptor?
        let connection: OwnedDescriptor

        init(
            _ direction: RelayDirection, _ engine: RelayEngine? = nil, checksum: Checksum? = nil
        ) throws {
            let isSending = direction == .toConnection
            let link = try CommandLink(feeding: !isSending)
            let tcp = try Link(.tcp)
            command = try OwnedDescriptor.duplicate(of: link.theirs.borrowed)
            connection = try OwnedDescriptor.duplicate(
                of: isSending ? tcp.writer.borrowed : tcp.reader.borrowed)
            peer = try OwnedDescriptor.duplicate(
                of: isSending ? tcp.reader.borrowed : tcp.writer.borrowed)
            relay = Relay(
                direction, connection: connection.borrowed, try RelayEnd(link),
                engine: engine, checksum: checksum)
            relay.start()
        }

        var commandDescriptor: Descriptor { command?.borrowed ?? .closed }
        var peerDescriptor: Descriptor { peer?.borrowed ?? .closed }

        /// Goes on until the relay came to an end, and the kernel has ended what was under way.
        func run() throws {
            while try !turn() || relay.isSettling {}
        }

        /// - Returns: Whether the relay came to an end.
        func turn() throws -> Bool {
            var readiness = Readiness()
            relay.watch(&readiness)
            let start = Instant.now
            try readiness.wait(until: start + .seconds(5))
            if Instant.now - start >= .seconds(5) { throw Errno.timedOut }
            return relay.advance(readiness)
        }
    }

    @Test(arguments: RelayEngine.allCases)
    func `a command that ends is the end of the source`(engine: RelayEngine) throws {
        let place = try Place(.toConnection, engine)
        try place.commandDescriptor.writeAll([1, 2, 3])
        #expect(place.relay.isHeld && !place.relay.isWhole)
        place.command = nil
        try place.run()
        #expect(!place.relay.isHeld && place.relay.isWhole)
        #expect(Link.becomesReady(place.peerDescriptor, .reading))
        #expect(try place.peerDescriptor.read(byteCount: 9) == [1, 2, 3])
        let facts = RelayFacts(place.relay)
        #expect(facts.engine == place.relay.choice.engine)
        #expect(facts.checksum == nil)
    }

    // Only a ring reads on while the connection takes nothing.
    @Test func `what the connection did not take is not whole, though the source has ended`() throws
    {
        try withBrokenPipes {
            let place = try Place(.toConnection, .ring)
            guard place.relay.choice.engine == .ring else { return }
            let block = [UInt8](repeating: 0, count: 65536)
            while try TCP.send(place.connection.borrowed, block) > 0 {}
            try place.commandDescriptor.writeAll([1, 2, 3])
            place.command = nil
            while place.relay.progress.source != .ended { _ = try place.turn() }
            try TCP.setResetOnClose(place.peerDescriptor, true)
            place.peer = nil
            while place.relay.progress.isRunning { _ = try place.turn() }
            #expect(!place.relay.isWhole)
        }
    }

    @Test(arguments: RelayEngine.allCases)
    func `what a command did not read is known after its input was closed`(
        engine: RelayEngine
    ) throws {
        let place = try Place(.fromConnection, engine)
        try place.peerDescriptor.writeAll([1, 2, 3, 4])
        place.peer = nil
        try place.run()
        #expect(place.relay.progress.source == .ended)
        #expect(try place.commandDescriptor.read(byteCount: 1) == [1])
        #expect(Self.hasEnded(place.commandDescriptor))
        #expect(place.relay.unreadByteCount == 3)
        #expect(place.relay.drain(byteCount: 2) == [2, 3])
        #expect(place.relay.drain(byteCount: 9) == [4])
        #expect(place.relay.unreadByteCount == 0)
    }

    /// Whether no writer is left: a hang-up, whatever is still to be read.
    private static func hasEnded(_ descriptor: Descriptor) -> Bool {
        Readiness.now(of: descriptor, .errorsOnly).isReady
    }

    @Test(arguments: RelayEngine.allCases)
    func `a reader that leaves is noticed while nothing comes`(engine: RelayEngine) throws {
        let place = try Place(.fromConnection, engine)
        place.command = nil
        try place.run()
        #expect(place.relay.progress.target == .failed(.brokenPipe))
        #expect(place.relay.progress.source == .open)
        #expect(!place.relay.isHeld)
    }

    @Test(arguments: RelayEngine.allCases)
    func `a command's input is not ended when the stream broke`(engine: RelayEngine) throws {
        let place = try Place(.fromConnection, engine)
        try place.peerDescriptor.writeAll([1])
        try TCP.setResetOnClose(place.peerDescriptor, true)
        place.peer = nil
        try place.run()
        #expect(place.relay.progress.source == .failed(.connectionReset))
        #expect(!Self.hasEnded(place.commandDescriptor))
    }

    // MARK: A connection that takes no more

    @Test(arguments: RelayEngine.allCases)
    func `a source that then ends with nothing more was whole`(engine: RelayEngine) throws {
        let place = try Place(.toConnection, engine)
        place.relay.connectionLeft()
        #expect(place.relay.isHeld && !place.relay.isWhole)
        place.command = nil
        try place.run()
        #expect(!place.relay.isHeld && place.relay.isWhole)
    }

    @Test(arguments: RelayEngine.allCases)
    func `a source that goes on was not, and is told that nobody reads`(
        engine: RelayEngine
    ) throws {
        let place = try Place(.toConnection, engine)
        place.relay.connectionLeft()
        try place.commandDescriptor.writeAll([1])
        try place.run()
        #expect(!place.relay.isHeld && !place.relay.isWhole)
        #expect(Self.hasEnded(place.commandDescriptor))
    }

    @Test(arguments: RelayEngine.allCases)
    func `stopping ends a producer, and does not end a consumer's input`(
        engine: RelayEngine
    ) throws {
        let sending = try Place(.toConnection, engine)
        sending.relay.stop()
        #expect(Self.hasEnded(sending.commandDescriptor))
        let receiving = try Place(.fromConnection, engine)
        receiving.relay.stop()
        #expect(!Self.hasEnded(receiving.commandDescriptor))
        #expect(!receiving.relay.isHeld)
    }

    // MARK: What it tells

    @Test func `the content is hashed, by copying`() throws {
        let place = try Place(.toConnection, .ring, checksum: Checksum())
        #expect(place.relay.choice == EngineChoice(.copy, because: "a checksum must see the bytes"))
        try place.commandDescriptor.writeAll([UInt8]("abc".utf8))
        place.command = nil
        try place.run()
        let expected = Checksum()
        expected.add([UInt8]("abc".utf8)[...])
        #expect(RelayFacts(place.relay).checksum == expected.finish())
    }

    @Test(arguments: RelayEngine.allCases)
    func `the time that it waited for its source is told`(engine: RelayEngine) throws {
        let place = try Place(.toConnection, engine)
        var nothing = Readiness()
        try nothing.wait(until: .now + .milliseconds(30))
        try place.commandDescriptor.writeAll([1])
        while place.relay.progress.given == 0 { _ = try place.turn() }
        #expect(place.relay.times.source >= .milliseconds(30))
        #expect(place.relay.times.target < .milliseconds(30))
    }
}
