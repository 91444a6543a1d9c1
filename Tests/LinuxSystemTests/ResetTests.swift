import LinuxSystem
import Testing

/// How a connection is broken so that nobody takes it for complete, and how it is not.
@Suite struct ResetTests {
    /// What a reader sees: the bytes, and whether a reset came after them rather than the end.
    private func read(_ descriptor: Descriptor) throws -> (bytes: [UInt8], wasReset: Bool) {
        do {
            return (try readToEnd(descriptor), false)
        } catch let error as Errno where error == .connectionReset {
            return ([], true)
        }
    }

    @Test(arguments: Connection.Role.allCases)
    func `a disconnect resets the reader`(role: Connection.Role) throws {
        let pair = try Connection()
        let (sender, reader) = (pair.end(role), pair.end(role.peer))
        try sender.writeAll([1, 2, 3])
        #expect(try happens { TCP.unreadByteCount(reader) == 3 })
        try TCP.disconnect(sender)
        #expect(try becomesReady(reader, .errorsOnly))
        // Bytes that came before the reset can still be read (KERNEL H8), then comes the error.
        #expect(try reader.read(byteCount: 9) == [1, 2, 3])
        #expect(throws: Errno.connectionReset) { try reader.read(byteCount: 9) }
    }

    @Test func `a disconnect reaches every process that shares the socket`() throws {
        let pair = try Connection()
        let shared = try OwnedDescriptor.duplicate(of: pair.dialled.borrowed)
        try TCP.disconnect(pair.dialled.borrowed)
        #expect(throws: Errno.self) { try TCP.send(shared.borrowed, [1]) }
        #expect(try becomesReady(pair.accepted.borrowed, .reading))
        #expect(try read(pair.accepted.borrowed).wasReset)
    }

    @Test func `a disconnect zeroes the counters`() throws {
        let pair = try Connection()
        try pair.dialled.borrowed.writeAll([1, 2, 3])
        let sender = pair.dialled.borrowed
        #expect(try happens { try TCPCounters(of: sender).acknowledged == 4 })
        try TCP.disconnect(sender)
        let counters = try TCPCounters(of: sender)
        #expect(counters.acknowledged == 0)
        #expect(counters.state == .closed)
    }

    /// Closes one end of a connection that had linger set or cleared last.
    private func closeDialled(_ linger: [Bool]) throws -> Kept {
        let pair = try Connection()
        try pair.dialled.borrowed.writeAll([7])
        for resets in linger { try TCP.setResetOnClose(pair.dialled.borrowed, resets) }
        return Kept(pair.accepted)
    }

    private final class Kept {
        let descriptor: OwnedDescriptor
        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
        var borrowed: Descriptor { descriptor.borrowed }
    }

    @Test func `the last close with reset on close resets`() throws {
        let reader = try closeDialled([true])
        #expect(try becomesReady(reader.borrowed, .errorsOnly))
        #expect(try reader.borrowed.read(byteCount: 9) == [7])
        #expect(throws: Errno.connectionReset) { try reader.borrowed.read(byteCount: 9) }
    }

    @Test(arguments: [[], [false], [true, false]])
    func `a close without reset on close is a clean end`(linger: [Bool]) throws {
        let reader = try closeDialled(linger)
        #expect(try readToEnd(reader.borrowed) == [7])
    }

    @Test func `a close that is not the last ends nothing`() throws {
        let pair = try Connection()
        try TCP.setResetOnClose(pair.dialled.borrowed, true)
        do { _ = try OwnedDescriptor.duplicate(of: pair.dialled.borrowed) }
        #expect(!Readiness.now(of: pair.accepted.borrowed, .reading).isReady)
        try pair.dialled.borrowed.writeAll([7])
        #expect(try pair.accepted.borrowed.read(byteCount: 9) == [7])
    }

    @Test func `a close with bytes unread resets the writer`() throws {
        func closeAccepted() throws -> Kept {
            let pair = try Connection()
            try pair.dialled.borrowed.writeAll([7])
            let reader = pair.accepted.borrowed
            #expect(try happens { TCP.unreadByteCount(reader) == 1 })
            return Kept(pair.dialled)
        }
        let writer = try closeAccepted()
        #expect(try becomesReady(writer.borrowed, .errorsOnly))
        #expect(try read(writer.borrowed).wasReset)
    }

    @Test func `a reset that waits to be noticed shows without being taken away`() throws {
        let pair = try Connection()
        try TCP.disconnect(pair.dialled.borrowed)
        let reader = pair.accepted.borrowed
        #expect(try becomesReady(reader, .errorsOnly))
        for _ in 0..<3 {
            #expect(Readiness.now(of: reader, .errorsOnly).hasError)
            #expect(try TCPCounters(of: reader).state == .closed)
            #expect(TCP.unreadByteCount(reader) == 0)
        }
        #expect(throws: Errno.connectionReset) { try reader.read(byteCount: 1) }
    }

    @Test func `reading a connection's error takes the reset away from its reader`() throws {
        let pair = try Connection()
        try TCP.disconnect(pair.dialled.borrowed)
        let reader = pair.accepted.borrowed
        #expect(try becomesReady(reader, .errorsOnly))
        // KERNEL H16, and the reason why a flow's socket is never asked for it.
        #expect(TCP.connectionError(reader) == .connectionReset)
        #expect(try reader.read(byteCount: 1) == [])
    }
}
