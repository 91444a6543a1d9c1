import LinuxSystem
import Plumbing
import Testing

/// One end of a flow that goes through the login, and what the other end may ask of it.
@Suite struct BridgeTests {
    private static let piece = [UInt8](repeating: 7, count: Frame.maximumByteCount)

    /// The flow's side of the connection.
    private func socket(of bridge: Bridge) throws -> OwnedDescriptor {
        guard let socket = bridge.connection.takeSocket() else { throw Errno.notConnected }
        return socket
    }

    private func read(_ socket: borrowing OwnedDescriptor) throws -> [UInt8] {
        var readiness = Readiness()
        readiness.watch(socket.borrowed, .reading)
        try readiness.wait(until: .now + .seconds(20))
        try #require(readiness[socket.borrowed].isReady)
        return try socket.borrowed.read(byteCount: 9)
    }

    /// Waits for the next frame.
    private func next(_ bridge: Bridge) throws -> Frame? {
        let end = Instant.now + .seconds(20)
        while .now < end {
            var readiness = Readiness()
            bridge.watch(&readiness, hasRoom: true)
            try readiness.wait(until: end)
            if let frame = bridge.advance(readiness, splicing: false) { return frame }
        }
        return nil
    }

    @Test func `the sender's bytes become data, and its end an end`() throws {
        let bridge = try Bridge(.out, at: .here)
        let sender = try socket(of: bridge)
        try sender.borrowed.writeAll([1, 2, 3])
        #expect(try next(bridge) == .data(.bytes([1, 2, 3])))
        _ = consume sender
        #expect(try next(bridge) == .end)
    }

    @Test func `data reaches the reader, and credit comes back for it`() throws {
        let bridge = try Bridge(.out, at: .there)
        let reader = try socket(of: bridge)
        #expect(try bridge.take(.data(.bytes([1, 2, 3]))) == nil)
        #expect(try read(reader) == [1, 2, 3])
        var credit = 0
        for _ in 0..<4 {
            if case .credit(let count) = try bridge.take(.data(.bytes(Self.piece))) {
                credit += count
            }
        }
        #expect(credit > 0 && credit <= 3 + 4 * Self.piece.count)
        #expect(try bridge.take(.end) == nil)
    }

    @Test func `the sender is told that the reader is gone`() throws {
        let bridge = try Bridge(.out, at: .there)
        let reader = try socket(of: bridge)
        _ = consume reader
        #expect(try next(bridge) == .cut)
    }

    @Test func `a cut resets the sender's connection`() throws {
        let bridge = try Bridge(.out, at: .here)
        let sender = try socket(of: bridge)
        #expect(try bridge.take(.cut) == nil)
        #expect(throws: Errno.connectionReset) { try read(sender) }
    }

    @Test func `credit for bytes that were not sent is refused`() throws {
        let bridge = try Bridge(.out, at: .here)
        for count in [1, -1, Int.max] {
            #expect(throws: ControlError.tooMuchCredit) {
                try bridge.take(.credit(byteCount: count))
            }
        }
    }

    @Test func `data beyond the credit is refused`() throws {
        let bridge = try Bridge(.out, at: .there)
        // What its connection takes becomes credit; nobody reads it.
        let most = 64 * Frame.window / Self.piece.count
        #expect(throws: ControlError.tooMuchOutput) {
            for _ in 0..<most { _ = try bridge.take(.data(.bytes(Self.piece))) }
        }
    }

    @Test(arguments: [End.here, .there])
    func `frames of the wrong end are refused`(end: End) throws {
        let bridge = try Bridge(.out, at: end)
        let frames: [Frame] = end == .here ? [.data(.bytes([1])), .end] : [.credit(byteCount: 1)]
        for frame in frames {
            #expect(throws: ControlError.self) { try bridge.take(frame) }
        }
    }

    @Test func `data after the end is refused`() throws {
        let bridge = try Bridge(.out, at: .there)
        _ = try bridge.take(.end)
        #expect(throws: ControlError.self) { try bridge.take(.data(.bytes([1]))) }
    }
}
