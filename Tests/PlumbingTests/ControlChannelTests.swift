import Glibc
import LinuxSystem
import Plumbing
import Testing

/// Both ways of a control channel over pipes, as a login command gives them.
@Suite struct ControlChannelTests {
    /// A channel, and the other end of it in the hands of a test.
    private final class Peer {
        let control: ControlChannel
        var incoming: OwnedDescriptor?
        var outgoing: OwnedDescriptor?

        init(awaitsHello: Bool = false) throws {
            let toUs = try Pipe()
            let fromUs = try Pipe()
            control = ControlChannel(
                input: try .duplicate(of: toUs.reader.borrowed),
                output: try .duplicate(of: fromUs.writer.borrowed), awaitsHello: awaitsHello)
            let (writer, reader) = (toUs.writer.borrowed, fromUs.reader.borrowed)
            incoming = try OwnedDescriptor.duplicate(of: writer)
            outgoing = try OwnedDescriptor.duplicate(of: reader)
        }

        var isStillHeld: Bool { incoming != nil }

        func say(_ text: String) throws {
            try (incoming?.borrowed ?? .closed).writeAll([UInt8](text.utf8))
        }

        /// What came from the channel, as far as it is there.
        func heard() throws -> [UInt8] {
            guard let descriptor = outgoing?.borrowed,
                Readiness.now(of: descriptor, .reading).isReady
            else { return [] }
            return try descriptor.read(byteCount: 65536)
        }

        /// One turn of the loop, which waits a little at most.
        func turn() throws -> [ControlAssembler.Piece] {
            var readiness = Readiness()
            control.watch(&readiness)
            try readiness.wait(until: .now + .milliseconds(5))
            return try control.advance(readiness)
        }
    }

    @Test func `messages go out as lines, at once and in their order`() throws {
        let peer = try Peer()
        peer.control.startLine()
        peer.control.send(.cancel)
        peer.control.send(output: [1, 10, 2])
        peer.control.sendHeartbeat()
        #expect(peer.control.backlog == 0)
        let wanted = "\ncancel\noutput bytes=3\n\u{1}\n\u{2}alive after=2\n"
        #expect(try peer.heard() == [UInt8](wanted.utf8))
    }

    @Test func `a channel without a reader keeps what it cannot send, and continues`() throws {
        let peer = try Peer()
        var wanted: [UInt8] = []
        for number in 0..<40 {
            let bytes = [UInt8](repeating: UInt8(number), count: 5_000)
            peer.control.send(output: bytes)
            wanted += [UInt8]("output bytes=5000\n".utf8) + bytes
        }
        #expect(peer.control.backlog >= wanted.count - 65536, "a pipe takes 64 KiB at most")
        peer.control.finishWriting()
        var heard: [UInt8] = []
        while heard.count < wanted.count {
            heard += try peer.heard()
            _ = try peer.turn()
        }
        #expect(heard == wanted)
        let descriptor = peer.outgoing?.borrowed ?? .closed
        #expect(Readiness.now(of: descriptor, .reading).isReady)
        #expect(try descriptor.read(byteCount: 1) == [], "then it is closed")
        #expect(!peer.control.hasEnded)
    }

    @Test func `what the other end says comes in whole pieces`() throws {
        let peer = try Peer(awaitsHello: true)
        try peer.say("motd\nhello protocol=1-1\ndo")
        #expect(try peer.turn().count == 2)
        #expect(try peer.turn().isEmpty)
        try peer.say("ne\n")
        #expect(try peer.turn() == [.line(ControlMessage.done.line)])
        #expect(!peer.control.hasEnded)
    }

    @Test func `the end of the channel comes after its last words`() throws {
        let peer = try Peer()
        try peer.say("done\nrest")
        peer.incoming = nil
        var pieces: [ControlAssembler.Piece] = []
        while !peer.control.hasEnded { pieces += try peer.turn() }
        #expect(pieces == [.line(ControlMessage.done.line)])
        #expect(peer.control.rest == [UInt8]("rest".utf8))
        #expect(try peer.turn().isEmpty)
    }

    @Test func `when the login is gone the channel ends, though others keep it open`() throws {
        let peer = try Peer()
        try peer.say("done\n")
        peer.control.readRest()
        var pieces: [ControlAssembler.Piece] = []
        while !peer.control.hasEnded { pieces += try peer.turn() }
        #expect(pieces == [.line(ControlMessage.done.line)])
        #expect(peer.isStillHeld)
        #expect(peer.control.deadline == nil)
    }

    @Test func `a peer that no longer reads may still say why, for a second`() async {
        await #expect(processExitsWith: .success) {
            _ = signal(SIGPIPE, SIG_IGN)
            let peer = try Peer()
            peer.outgoing = nil
            let start = Instant.now
            peer.control.send(.done)
            #expect(!peer.control.hasEnded)
            #expect(peer.control.deadline != nil)
            try peer.say("failed cause=signal signal=15\n")
            var pieces: [ControlAssembler.Piece] = []
            while !peer.control.hasEnded { pieces += try peer.turn() }
            #expect(pieces == [.line(ControlMessage.failed(.signal(15)).line)])
            #expect(Instant.now - start >= .seconds(1))
            #expect(Instant.now - start < .seconds(5))
            peer.control.send(.done)
        }
    }

    @Test func `a line that is no message ends the channel with an error`() throws {
        let peer = try Peer()
        try peer.say("done\nRubbish!\n")
        #expect(throws: ControlError.malformed([UInt8]("Rubbish!".utf8))) { try peer.turn() }
    }
}
