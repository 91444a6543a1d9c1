import Glibc
import KernelFixtures
import LinuxSystem
import Testing

/// A name without a file, whole messages, descriptors that go with them, and whose process calls.
@Suite struct LocalSocketTests {
    private static func name() -> String {
        "socketpipe-test-\(getpid())-\(Instant.now.nanoseconds)"
    }

    private static func called(by listener: borrowing LocalSocket) throws -> LocalSocket {
        guard let called = try listener.accept() else { throw Errno.notConnected }
        return called
    }

    private static func taken(of parcel: Parcel) throws -> OwnedDescriptor {
        guard let descriptor = parcel.take() else { throw Errno.badDescriptor }
        return descriptor
    }

    /// Two connected sockets.
    private struct Ends: ~Copyable {
        let caller: LocalSocket
        let called: LocalSocket

        init() throws {
            let name = LocalSocketTests.name()
            let listener = try LocalSocket.listening(as: name)
            let caller = try LocalSocket.connected(to: name)
            let called = try LocalSocketTests.called(by: listener)
            self.caller = caller
            self.called = called
        }
    }

    @Test func `files go with a message, and work at the other side`() throws {
        let ends = try Ends()
        let pipe = try Pipe()
        try ends.caller.send([1, 2], with: [pipe.reader.borrowed, pipe.writer.borrowed])
        try ends.caller.send([3])
        let parcel = try ends.called.receive(byteCount: 16)
        #expect(parcel.bytes == [1, 2] && parcel.descriptorCount == 2)
        let reader = try Self.taken(of: parcel)
        let writer = try Self.taken(of: parcel)
        #expect(parcel.descriptorCount == 0)
        try writer.borrowed.writeAll([7])
        #expect(try reader.borrowed.read(byteCount: 9) == [7])
        #expect(try ends.called.receive(byteCount: 16).bytes == [3], "messages stay apart")
        #expect(fcntl(reader.number, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test func `a parcel closes what nobody took`() throws {
        let ends = try Ends()
        var pipe: Pipe? = try Pipe()
        try ends.caller.send([1], with: [pipe!.writer.borrowed])
        let reader = try OwnedDescriptor.duplicate(of: pipe!.reader.borrowed)
        pipe = nil
        _ = try ends.called.receive(byteCount: 16)
        #expect(try reader.borrowed.read(byteCount: 1) == [], "no writer is left")
    }

    @Test func `a message that has no room is none, and its files are closed`() throws {
        let ends = try Ends()
        var pipe: Pipe? = try Pipe()
        try ends.caller.send([1, 2, 3], with: [pipe!.writer.borrowed])
        let reader = try OwnedDescriptor.duplicate(of: pipe!.reader.borrowed)
        pipe = nil
        #expect(throws: Errno.messageTooLong) { try ends.called.receive(byteCount: 2) }
        #expect(try reader.borrowed.read(byteCount: 1) == [])
    }

    @Test func `nobody waits: not for a caller, not for a message`() throws {
        let ends = try Ends()
        #expect(throws: Errno.wouldBlock) { try ends.called.receive(byteCount: 1) }
        let listener = try LocalSocket.listening(as: Self.name())
        #expect(throws: Errno.notConnected) { _ = try Self.called(by: listener) }
    }

    @Test func `a side that is gone sends no bytes, and a name that nobody has refuses`() throws {
        let name = Self.name()
        do {
            let listener = try LocalSocket.listening(as: name)
            let called: LocalSocket
            do {
                _ = try LocalSocket.connected(to: name)
                called = try Self.called(by: listener)
            }
            #expect(try called.receive(byteCount: 1).bytes == [])
            #expect(throws: Errno.addressInUse) { _ = try LocalSocket.listening(as: name) }
        }
        #expect(throws: Errno.connectionRefused) { _ = try LocalSocket.connected(to: name) }
    }

    @Test func `both sides see that the other is of the same user`() throws {
        let ends = try Ends()
        let areOurs = [ends.caller.isOfOurUser, ends.called.isOfOurUser]
        #expect(areOurs == [true, true])
    }

    @Test(.enabled(if: geteuid() == 0, "only root can be another user"))
    func `a process of another user is seen as such`() async {
        await #expect(processExitsWith: .success) {
            let name = "socketpipe-test-\(getpid())"
            let listener = try LocalSocket.listening(as: name)
            #expect(seteuid(65534) == 0)
            let caller = try LocalSocket.connected(to: name)
            #expect(seteuid(0) == 0)
            let called = try LocalSocketTests.called(by: listener)
            let areOurs = [called.isOfOurUser, caller.isOfOurUser]
            #expect(areOurs == [false, true])
        }
    }
}
