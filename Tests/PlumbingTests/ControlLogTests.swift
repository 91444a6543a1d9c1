import Plumbing
import Testing

/// Lines that outlive a login: each comes once, and in order, wherever logins are lost.
@Suite struct ControlLogTests {
    @Test func `it keeps what is not acknowledged, and no more`() throws {
        var log = ControlLog(after: 0)
        for number in UInt8(1)...5 { log.add([number]) }
        try log.acknowledge(2)
        #expect(log.lineCount == 5 && log.byteCount == 3)
        #expect(log.after(3) == [4, 5])
        #expect(!log.reaches(back: 1) && log.reaches(back: 2) && log.reaches(back: 5))
        #expect(!log.reaches(back: 6))
        try log.acknowledge(1)
        #expect(log.after(2).count == 3, "an old word takes nothing back")
        #expect(throws: ControlError.unexpected(verb: "alive")) { try log.acknowledge(6) }
    }

    /// What the peer of a log says and hears, as a channel does it.
    private struct Peer {
        var assembler = ControlAssembler(awaitsHello: false)
        var heard: [ControlAssembler.Piece] = []

        init() { assembler.holdsOutput = true }

        mutating func hear(_ bytes: [UInt8]) throws {
            assembler.add(bytes)
            while let piece = try assembler.next() { heard.append(piece) }
        }

        mutating func loseLogin() {
            assembler = ControlAssembler(after: assembler, awaitsHello: false)
        }
    }

    /// Lines of every kind: what is kept and what is not, with output and a flow's data behind them.
    private static func line(_ generator: inout SeededGenerator) -> (ControlMessage, [UInt8]) {
        let bytes = [UInt8](
            repeating: UInt8(ascii: "\n"), count: Int(generator.next() % 40))
        switch generator.next() % 6 {
        case 0: return (.output(byteCount: bytes.count), bytes)
        case 1: return (.data(.out, byteCount: bytes.count), bytes)
        case 2: return (.flowCredit(.out, byteCount: 7), [])
        case 3: return (.credit(byteCount: Int(generator.next() % 100)), [])
        case 4: return (.word(bytes, isWhole: true), [])
        default: return (.rate(.back, bytesPerSecond: Int64(generator.next() % 1000)), [])
        }
    }

    private static func isKept(_ piece: ControlAssembler.Piece) -> Bool {
        switch piece {
        case .output: true
        case .data, .noise: false
        case .line(let line):
            !["data", "alive"].contains(line.verb)
                && !(line.verb == "credit" && line.optionalBytes("flow") != nil)
        }
    }

    @Test(arguments: [UInt64](1...300))
    func `logins that are lost at any byte lose no line and bring none twice`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        var log = ControlLog(after: 0)
        var peer = Peer()
        var wanted = Peer()
        var way: [UInt8] = []
        for _ in 0..<200 {
            let (message, bytes) = Self.line(&generator)
            let encoded = message.line.encoded + bytes
            let isKept = Self.isKept(.line(message.line))
            if isKept { log.add(encoded) }
            way += encoded
            try wanted.hear(encoded)
            let count = Int(generator.next() % UInt64(way.count + 1))
            try peer.hear([UInt8](way.prefix(count)))
            way.removeFirst(count)
            switch generator.next() % 12 {
            case 0: try log.acknowledge(peer.assembler.keptCount)
            case 1:
                peer.loseLogin()
                way = log.after(peer.assembler.keptCount)
            default: break
            }
        }
        try peer.hear(way)
        #expect(peer.heard.filter(Self.isKept) == wanted.heard.filter(Self.isKept))
        #expect(peer.assembler.keptCount == log.lineCount)
    }

    @Test func `output comes whole, with its line, or not yet`() throws {
        var peer = Peer()
        let encoded = ControlMessage.output(byteCount: 3).line.encoded + [1, 2, 3]
        for byte in encoded.dropLast() { try peer.hear([byte]) }
        #expect(peer.heard.isEmpty && peer.assembler.keptCount == 0)
        try peer.hear([3])
        #expect(
            peer.heard == [.line(ControlMessage.output(byteCount: 3).line), .output([1, 2, 3])])
        #expect(peer.assembler.keptCount == 1)
    }

    @Test func `what a new login says for itself is not of the session`() throws {
        var assembler = ControlAssembler(
            after: ControlAssembler(awaitsHello: true), awaitsHello: true)
        assembler.add([UInt8]("motd\nhello protocol=1-2 program=x\nfailed cause=stall\n".utf8))
        while try assembler.next() != nil {}
        #expect(assembler.keptCount == 0)
        // Both count lines anew from here.
        assembler.add([UInt8]("rejoined seen=0\ndone\nalive after=1\n".utf8))
        while try assembler.next() != nil {}
        #expect(assembler.keptCount == 1)
        assembler.add([UInt8]("alive after=4\n".utf8))
        #expect(throws: ControlError.linesLost(2)) { try assembler.next() }
    }
}
