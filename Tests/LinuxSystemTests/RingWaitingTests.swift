import Glibc
import LinuxSystem
import Testing

import class Foundation.Thread

/// What a ring does about operations that have to wait.
@Suite(.enabled(if: hasRings, withoutRings)) struct RingWaitingTests {
    @Test(arguments: RingSetup.allCases)
    func `a wait for the ring's descriptor ends when a read does`(setup: RingSetup) throws {
        let ring = try Ring.setUp(setup)
        let pipe = try Pipe()
        let (writer, waiting) = (pipe.writer.borrowed, try Scene.thread())
        for round in 0..<5 as Range<UInt64> {
            #expect(ring.read(from: pipe.reader.borrowed, into: 0, offset: nil, tag: round))
            try ring.submit()
            #expect(!Readiness.now(of: ring.descriptor, .reading).isReady)
            #expect(ring.nextCompletion() == nil)
            Thread.detachNewThread {
                _ = try? happens { Scene.polls(waiting) }
                try? writer.writeAll([1, 2, 3])
            }
            #expect(try ring.awaitCompletion() == Completion(tag: round, result: .success(3)))
            #expect(ring.bytes(in: 0, 0..<3) == [1, 2, 3])
            #expect(!Readiness.now(of: ring.descriptor, .reading).isReady)
        }
    }

    @Test(arguments: RingSetup.allCases)
    func `a wait for the ring's descriptor ends when a worker does`(setup: RingSetup) throws {
        let ring = try Ring.setUp(setup)
        let pipe = try Pipe()
        let null = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        for round in 0..<5 as Range<UInt64> {
            try pipe.writer.borrowed.writeAll([1, 2, 3])
            let (from, to) = (pipe.reader.borrowed, null.borrowed)
            #expect(ring.splice(from: from, to: to, byteCount: 3, tag: round))
            try ring.submit()
            #expect(try ring.awaitCompletion() == Completion(tag: round, result: .success(3)))
        }
    }

    @Test func `a ring chooses the first set-up that the kernel knows`() throws {
        let setups: [RingSetup] = [.interrupting, .cooperative]
        let ring = try Ring(entries: 1, blockCount: 0, blockSize: 0, setups: setups)
        #expect(ring.setup == .interrupting)
        #expect(throws: Errno.invalid) {
            try Ring(entries: 0, blockCount: 0, blockSize: 0)
        }
    }

    @Test func `a splice moves bytes from a pipe to a socket and back`() throws {
        let ring = try Ring.small()
        let pipe = try Pipe()
        let sockets = try SocketPair(bufferSize: 65536)
        let (near, far) = (sockets.first.borrowed, sockets.second.borrowed)
        try sockets.first.setNonblocking(true)
        try pipe.writer.borrowed.writeAll([1, 2, 3, 4])
        let out = ring.splice(from: pipe.reader.borrowed, to: near, byteCount: 3, tag: 1)
        #expect(try ring.run(out) == 3)
        #expect(try far.read(byteCount: 9) == [1, 2, 3])
        #expect(try pipe.reader.borrowed.read(byteCount: 9) == [4])
        try far.writeAll([5, 6])
        let back = ring.splice(from: near, to: pipe.writer.borrowed, byteCount: 9, tag: 1)
        #expect(try ring.run(back) == 2)
        #expect(try pipe.reader.borrowed.read(byteCount: 9) == [5, 6])
    }

    @Test func `a splice that would have to wait says so`() throws {
        let ring = try Ring.small()
        let pipe = try Pipe()
        let sockets = try SocketPair(bufferSize: 65536)
        let (reader, writer) = (pipe.reader.borrowed, pipe.writer.borrowed)
        let (near, far) = (sockets.first.borrowed, sockets.second.borrowed)
        try sockets.first.setNonblocking(true)
        func outcome(from source: Descriptor, to target: Descriptor) throws -> Result<Int, Errno> {
            try #require(ring.splice(from: source, to: target, byteCount: 65536, tag: 1))
            try ring.submit()
            return try ring.awaitCompletion().result
        }
        let wouldBlock = Result<Int, Errno>.failure(.wouldBlock)
        #expect(try outcome(from: reader, to: near) == wouldBlock, "an empty pipe")
        #expect(try outcome(from: near, to: writer) == wouldBlock, "an empty socket")
        let much = [UInt8](repeating: 1, count: 65536)[...]
        while try near.writeWithoutBlocking(much) > 0 {}
        try writer.writeAll([1])
        #expect(try outcome(from: reader, to: near) == wouldBlock, "a full socket")
        while try writer.writeWithoutBlocking(much) > 0 {}
        try far.writeAll([1])
        #expect(try outcome(from: near, to: writer) == wouldBlock, "a full pipe")
    }

    @Test func `a splice tells the end of a stream by 0`() throws {
        let ring = try Ring.small()
        let pipe = try Pipe()
        let sockets = try SocketPair(bufferSize: 65536)
        shutdown(sockets.second.number, CInt(SHUT_WR))
        let near = sockets.first.borrowed
        #expect(
            try ring.run(
                ring.splice(from: near, to: pipe.writer.borrowed, byteCount: 9, tag: 1)) == 0)
    }

    @Test func `a read that is cancelled takes nothing`() throws {
        let ring = try Ring.small()
        let pipe = try Pipe()
        #expect(ring.read(from: pipe.reader.borrowed, into: 0, offset: nil, tag: 6))
        try ring.submit()
        #expect(ring.nextCompletion() == nil)
        #expect(ring.cancel(tag: 6))
        try ring.submit()
        #expect(try ring.awaitCompletion() == Completion(tag: 6, result: .failure(.cancelled)))
        #expect(ring.nextCompletion() == nil)
        #expect(ring.inFlightCount == 0)
        try pipe.writer.borrowed.writeAll([1])
        #expect(try pipe.reader.borrowed.read(byteCount: 9) == [1])
    }

    @Test func `cancelling an unknown operation does nothing`() throws {
        let ring = try Ring.small()
        #expect(ring.cancel(tag: 99))
        try ring.submit()
        #expect(ring.nextCompletion() == nil)
        #expect(ring.inFlightCount == 0)
    }

    @Test func `a splice that is cancelled while it waits for a socket was interrupted`() async {
        // In a process that has no other worker.
        await #expect(processExitsWith: .success) {
            let ring = try Ring.small()
            let pipe = try Pipe()
            let connection = try Connection()
            // The socket blocks, whatever the splice says: the kernel's worker waits in it.
            let near = connection.accepted.borrowed
            #expect(ring.splice(from: near, to: pipe.writer.borrowed, byteCount: 9, tag: 4))
            try ring.submit()
            #expect(try Scene.workerStands("S"))
            #expect(ring.cancel(tag: 4))
            try ring.submit()
            #expect(
                try ring.awaitCompletion() == Completion(tag: 4, result: .failure(.interrupted)))
        }
    }
}
