import Glibc
import LinuxSystem
import Testing

@testable import Plumbing

/// What a flow's own bytes are, on a connection that also carried the admission (loopback).
@Suite struct DataChannelTests {
    /// The sending and the receiving end of a flow that there has dialled.
    private func ends(_ flow: Flow) throws -> (sender: DataChannel, receiver: DataChannel) {
        let (here, there) = try MeetingPlace.channels(flow)
        return flow.sender == .here ? (here, there) : (there, here)
    }

    private func pass(_ byteCount: Int, _ sender: DataChannel, _ receiver: DataChannel) throws {
        let writer = try sender.descriptorForHandOff(heartbeat: .seconds(15))
        let reader = try receiver.descriptorForHandOff(heartbeat: .seconds(15))
        var unwritten = [UInt8](repeating: 42, count: byteCount)
        var unread = byteCount
        while unread > 0 {
            unwritten.removeLast(try TCP.send(writer, unwritten))
            unread -= try TCP.receive(reader, byteCount: 1 << 20)?.count ?? 0
        }
    }

    // `out` is sent by the end that listened, `back` by the end that dialled.
    @Test(arguments: Flow.allCases, [0, 1, 65_536, 3_000_000])
    func `both ends count the flow's bytes exactly`(flow: Flow, byteCount: Int) throws {
        let (sender, receiver) = try ends(flow)
        try pass(byteCount, sender, receiver)
        let all = Int64(byteCount)
        let isAcknowledged = try happens {
            try sender.observe().acknowledged == all
        }
        #expect(isAcknowledged)
        #expect(try sender.observe().written == all)
        #expect(try receiver.observe().received == all)
        sender.closeWriting()
        let isFinished = try happens { try sender.observe().endIsAcknowledged }
        #expect(isFinished)
        #expect(try sender.observe().acknowledged == all)
        #expect(try sender.observe().written == all)
        #expect(try receiver.observe().received == all)
        #expect(receiver.unreadByteCount == 0)
    }

    @Test(arguments: Flow.allCases, [false, true])
    func `a connection that both ends shut down differs from a reset one`(
        flow: Flow, isShutDown: Bool
    ) throws {
        let (sender, receiver) = try ends(flow)
        try pass(100, sender, receiver)
        if isShutDown {
            sender.closeWriting()
            let hasEnded = try happens { try receiver.observe().endIsReceived }
            #expect(hasEnded)
            receiver.closeWriting()
        } else {
            _ = receiver.reset()
        }
        let isClosed = try happens { try sender.observe().isClosed }
        #expect(isClosed)
        let seen = try sender.observe()
        #expect(seen.endIsAcknowledged == isShutDown)
        #expect(!isShutDown || seen.acknowledged == 100)
    }

    @Test(arguments: Flow.allCases)
    func `a sender whose peer ends the connection, and then resets it, is broken`(
        flow: Flow
    ) throws {
        let (sender, receiver) = try ends(flow)
        try pass(100, sender, receiver)
        receiver.closeWriting()
        let isAnswered = try happens { try sender.observe().endIsReceived }
        #expect(isAnswered)
        _ = receiver.reset()
        let isClosed = try happens { try sender.observe().isClosed }
        #expect(isClosed)
        let end = HostFlowEnd(sender, at: flow.sender, breaking: .killed, hearsOfEnd: true)
        #expect(!end.isIntact)
    }

    @Test(arguments: Flow.allCases, [false, true])
    func `bytes count as written even if the peer reset before they arrived`(
        flow: Flow, isClosed: Bool
    ) throws {
        let (sender, receiver) = try ends(flow)
        let writer = try sender.descriptorForHandOff(heartbeat: .seconds(15))
        let much = [UInt8](repeating: 0, count: 1 << 20)
        var written: Int64 = 0
        while case let count = try TCP.send(writer, much), count > 0 { written += Int64(count) }
        #expect(try sender.observe().written == written)
        if isClosed { sender.closeWriting() }
        #expect(try sender.observe().written == written)
        receiver.close(inOrder: false)
        let isReset = try happens { try sender.observe().isClosed }
        #expect(isReset)
        let seen = try sender.observe()
        #expect(seen.hasPendingError)
        #expect(seen.written == written)
        #expect(seen.acknowledged < written)
    }

    @Test(arguments: Flow.allCases)
    func `the counts outlive our own reset`(flow: Flow) throws {
        let (sender, receiver) = try ends(flow)
        try pass(1000, sender, receiver)
        #expect(
            try happens { try sender.observe().acknowledged == 1000 })
        for channel in [sender, receiver] {
            #expect(channel.reset())
            #expect(try channel.observe().isClosed)
            #expect(channel.reset())
        }
        #expect(try receiver.observe().received == 1000)
        #expect(try sender.observe().written == 1000)
        #expect(try sender.observe().acknowledged == 1000)
    }

    @Test(arguments: Flow.allCases)
    func `a kernel that has not counted the admission is known`(flow: Flow) throws {
        let (sender, receiver) = try ends(flow)
        for channel in [sender, receiver] {
            #expect(channel.countsBytes)
            let counters = try TCPCounters(of: channel.descriptor)
            #expect(channel.counted(counters).countsAdmission)
            for count in [\TCPCounters.received, \.acknowledged] {
                var without = counters
                without[keyPath: count] = 0
                #expect(!channel.counted(without).countsAdmission)
            }
        }
    }

    @Test(arguments: Flow.allCases)
    func `a FIN that a command sent itself is no byte`(flow: Flow) throws {
        let (sender, receiver) = try ends(flow)
        try pass(100, sender, receiver)
        try TCP.shutDownWriting(sender.descriptor)
        #expect(try happens { try sender.observe().endIsAcknowledged })
        var counters = try TCPCounters(of: sender.descriptor)
        counters.sent = nil
        #expect(counters.unacknowledged == 0)
        #expect(sender.counted(counters).written == 100)
    }

    @Test(arguments: Flow.allCases)
    func `letting go leaves the end to the last holder of the stream`(flow: Flow) throws {
        let (sender, receiver) = try ends(flow)
        let writer = try sender.descriptorForHandOff(heartbeat: .seconds(15))
        let other = try OwnedDescriptor.duplicate(of: writer)
        try pass(1000, sender, receiver)
        #expect(try happens { sender.letGo() == .done })
        #expect(sender.isOpen && sender.isHeldByOthers)
        try other.borrowed.writeAll([1, 2, 3])
        #expect(try !receiver.observe().endIsReceived)
        _ = consume other
        let isAcknowledged = try happens { try sender.observe().endIsAcknowledged }
        #expect(isAcknowledged && !sender.isHeldByOthers)
        #expect(try sender.observe().acknowledged == 1003)
        #expect(sender.wholeByteCount() == 1003)
        #expect(receiver.drain(byteCount: 9) == [1, 2, 3])
        #expect(receiver.drain(byteCount: 9) == [])
    }

    @Test func `we let go only after all is acknowledged, and not if that would reset`() throws {
        let (sender, receiver) = try ends(.out)
        let writer = try sender.descriptorForHandOff(heartbeat: .seconds(15))
        let block = [UInt8](repeating: 0, count: 65536)
        while try TCP.send(writer, block) > 0 {}
        #expect(sender.letGo() == .notYet)
        while let bytes = receiver.drain(byteCount: 1 << 20), !bytes.isEmpty {}
        let reader = try receiver.descriptorForHandOff(heartbeat: .seconds(15))
        try reader.writeAll([1])
        #expect(try happens { sender.letGo() == .impossible })
        #expect(try !sender.observe().isClosed)
    }

    @Test(arguments: Flow.allCases)
    func `an end that was there is remembered when the connection is forgotten`(flow: Flow) throws {
        let (sender, receiver) = try ends(flow)
        try pass(1000, sender, receiver)
        sender.closeWriting()
        #expect(try happens { try receiver.observe().endIsReceived })
        sender.close(inOrder: false)
        #expect(try happens { try receiver.observe().isClosed })
        let seen = try receiver.observe()
        #expect(seen.endIsReceived)
        #expect(seen.received == 1000)
    }

    @Test(arguments: Flow.allCases, [999, 1000, 1001])
    func `an end that we did not see follows from the other end's count`(
        flow: Flow, told: Int64
    ) throws {
        let (sender, receiver) = try ends(flow)
        try pass(1000, sender, receiver)
        sender.closeWriting()
        #expect(try happens { try sender.observe().endIsAcknowledged })
        sender.close(inOrder: false)
        #expect(try happens { try TCPCounters(of: receiver.descriptor).state == .closed })
        #expect(try !receiver.observe().endIsReceived)
        receiver.toldByteCount = told
        #expect(try receiver.observe().endIsReceived == (told == 1000))
    }

    @Test(arguments: Flow.allCases)
    func `a reset's error is there once, and without a reset there is none`(flow: Flow) throws {
        let (sender, receiver) = try ends(flow)
        #expect(!sender.takeReset())
        _ = receiver.reset()
        let isReset = try happens { try sender.observe().isClosed }
        #expect(isReset)
        #expect(sender.takeReset())
        #expect(!sender.takeReset())
    }

    @Test(arguments: Flow.allCases)
    func `bytes that were not read are unread, and arrived`(flow: Flow) throws {
        let (sender, receiver) = try ends(flow)
        let writer = try sender.descriptorForHandOff(heartbeat: .seconds(15))
        try writer.writeAll([UInt8](repeating: 0, count: 700))
        let isThere = try happens { receiver.unreadByteCount == 700 }
        #expect(isThere)
        #expect(try receiver.observe().received == 700)
        #expect(receiver.drain(byteCount: 300)?.count == 300)
        #expect(receiver.unreadByteCount == 400)
        #expect(try receiver.observe().received == 700)
    }

    @Test(arguments: Flow.allCases)
    func `unread bytes wait at both ends, a few that pass at neither`(flow: Flow) throws {
        let (sender, receiver) = try ends(flow)
        func backlogs() throws -> [Bool?] {
            try [sender, receiver].map { try $0.observe().hasBacklog }
        }
        #expect(try TCP.send(sender.descriptor, [UInt8](repeating: 0, count: 700)) == 700)
        #expect(try happens { receiver.unreadByteCount == 700 })
        #expect(try backlogs() == [false, false])
        let block = [UInt8](repeating: 0, count: 65536)
        #expect(
            try happens {
                _ = try TCP.send(sender.descriptor, block)
                return try backlogs() == [true, true]
            })
        // Nothing more comes, and all that came is read.
        #expect(
            try happens {
                while let bytes = receiver.drain(byteCount: block.count), !bytes.isEmpty {}
                return try backlogs() == [false, false]
            })
    }

    @Test func `an orderly close drops what came upstream, and is a clean end`() throws {
        let (sender, receiver) = try ends(.out)
        let writer = try sender.descriptorForHandOff(heartbeat: .seconds(15))
        let reader = try receiver.descriptorForHandOff(heartbeat: .seconds(15))
        try reader.writeAll([1])
        let isThere = try happens { sender.unreadByteCount == 1 }
        #expect(isThere)
        try writer.writeAll([1, 2, 3])
        sender.closeWriting()
        sender.close(inOrder: true)
        #expect(!sender.isOpen)
        #expect(try reader.read(byteCount: 9) == [1, 2, 3])
        #expect(try reader.read(byteCount: 9) == [])
    }

    @Test func `a close out of order is a reset, also for those that share the socket`() throws {
        let (sender, receiver) = try ends(.out)
        let reader = try receiver.descriptorForHandOff(heartbeat: .seconds(15))
        let writer = try sender.descriptorForHandOff(heartbeat: .seconds(15))
        let command = try OwnedDescriptor.duplicate(of: writer)
        try command.borrowed.writeAll([1, 2, 3])
        let isReset = sender.reset()
        #expect(isReset)
        sender.close(inOrder: false)
        #expect(throws: Errno.self) { try TCP.send(command.borrowed, [1]) }
        let isTold = try happens { receiver.hasPendingError }
        #expect(isTold)
        #expect(try reader.read(byteCount: 9) == [1, 2, 3])
        #expect(throws: Errno.connectionReset) { try reader.read(byteCount: 9) }
    }

    @Test func `a channel that is closed tells nothing and does nothing`() throws {
        let (sender, _) = try ends(.out)
        sender.close(inOrder: false)
        #expect(throws: Errno.self) { try sender.observe() }
        #expect(sender.unreadByteCount == 0)
        #expect(!sender.hasPendingError)
        #expect(sender.drain(byteCount: 1) == nil)
        #expect(sender.reset())
        sender.close(inOrder: true)
    }

    @Test func `a channel that is closed leaves its number to others`() async {
        await #expect(processExitsWith: .success) {
            let (sender, receiver) = try MeetingPlace.channels()
            let next = try MeetingPlace.channels()
            let descriptor = try sender.descriptorForHandOff(heartbeat: .seconds(15))
            let other = try next.here.descriptorForHandOff(heartbeat: .seconds(15))
            sender.close(inOrder: false)
            // Whoever gets the number next must not be shut down in the flow's place.
            try descriptor.replace(with: other)
            sender.closeWriting()
            #expect(try !next.here.observe().isClosed && !next.here.observe().endIsSent)
            #expect(next.there.isOpen && receiver.isOpen)
        }
    }

    @Test func `a handed-off descriptor blocks, asks after its peer and resets if we die`() throws {
        let (sender, receiver) = try ends(.out)
        let descriptor = try sender.descriptorForHandOff(heartbeat: .milliseconds(1))
        #expect(fcntl(descriptor.number, F_GETFL) & O_NONBLOCK == 0)
        var keepsAlive: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        _ = unsafe getsockopt(descriptor.number, SOL_SOCKET, SO_KEEPALIVE, &keepsAlive, &size)
        #expect(keepsAlive == 1)
        var wait = linger()
        size = socklen_t(MemoryLayout<linger>.size)
        _ = unsafe getsockopt(descriptor.number, SOL_SOCKET, SO_LINGER, &wait, &size)
        #expect((wait.l_onoff, wait.l_linger) == (1, 0))
        #expect(receiver.isOpen)
    }
}
