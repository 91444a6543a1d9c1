import Glibc
import LinuxSystem
import Testing

@Suite(.enabled(if: hasRings, withoutRings)) struct RingClosingTests {
    @Test func `a ring that is closed ends what waits`() throws {
        let ring = try Ring.small(entries: 1)
        let first = try Pipe()
        let second = try Pipe()
        for (tag, reader) in [first.reader.borrowed, second.reader.borrowed].enumerated() {
            #expect(ring.read(from: reader, into: tag, offset: nil, tag: UInt64(tag)))
            try ring.submit()
        }
        ring.close()
        #expect((ring.inFlightCount, ring.descriptor) == (0, -1))
        try first.writer.borrowed.writeAll([1])
        #expect(try first.reader.borrowed.read(byteCount: 9) == [1], "nobody took it")
    }

    @Test func `a ring that is closed ends what it never submitted`() throws {
        let ring = try Ring.small()
        let pipe = try Pipe()
        #expect(ring.read(from: pipe.reader.borrowed, into: 0, offset: nil, tag: 1))
        ring.close()
        #expect(ring.inFlightCount == 0)
    }

    @Test func `a closed ring takes and tells nothing, and can be closed again`() throws {
        let ring = try Ring.small()
        ring.close()
        #expect(!ring.read(from: 0, into: 0, offset: nil, tag: 1))
        #expect(!ring.write(to: 0, from: 0, range: 0..<1, offset: nil, tag: 1))
        #expect(!ring.splice(from: 0, to: 0, byteCount: 1, tag: 1))
        #expect(!ring.cancel(tag: 1))
        #expect(ring.nextCompletion() == nil)
        #expect((ring.inFlightCount, ring.unsubmittedCount) == (0, 0))
        #expect(!ring.supports(.read))
        try ring.submit()
        ring.close()
    }

    @Test func `descriptor and memory are given up when the ring goes`() async {
        await #expect(processExitsWith: .success) {
            let before = try Scene.unforkedBytes()
            var ring: Ring? = try Ring(entries: 4, blockCount: 3, blockSize: 65536)
            let descriptor = ring?.descriptor ?? .closed
            #expect(isOpen(descriptor))
            #expect(isCloseOnExec(descriptor))
            #expect(try Scene.unforkedBytes() >= before + 3 * 65536)
            ring = nil
            #expect(!isOpen(descriptor))
            #expect(try Scene.unforkedBytes() == before)
        }
    }

    @Test func `memory that the kernel may still write into is never given up`() async {
        await #expect(processExitsWith: .success) {
            let before = try Scene.unforkedBytes()
            let locked = try Pipe()
            let connection = try Connection()
            // A splice from a blocking socket waits with the pipe locked ...
            let holder = try Ring.small()
            #expect(
                holder.splice(
                    from: connection.accepted.borrowed, to: locked.writer.borrowed, byteCount: 9,
                    tag: 1
                ))
            try holder.submit()
            #expect(try Scene.workerStands("S"))
            // ... and no signal reaches who waits for that lock.
            let ring = try Ring(entries: 4, blockCount: 3, blockSize: 65536)
            let other = try Pipe()
            #expect(
                ring.splice(
                    from: locked.reader.borrowed, to: other.writer.borrowed, byteCount: 9, tag: 2))
            try ring.submit()
            #expect(try Scene.workerStands("D"))
            ring.close()
            #expect((ring.inFlightCount, ring.descriptor) == (1, -1))
            #expect(try Scene.unforkedBytes() >= before + 3 * 65536)
            try connection.dialled.borrowed.writeAll([1])
            #expect(try holder.awaitCompletion().result == .success(1))
        }
    }

    /// Queues a write from memory that nobody else keeps.
    private static func queue(_ bytes: [UInt8], on ring: Ring, to descriptor: Descriptor) throws {
        let memory = MemoryBlocks(size: 65536)
        let space = unsafe memory[try memory.add(), 0..<bytes.count]
        unsafe space.copyBytes(from: bytes)
        let isQueued = unsafe ring.write(
            to: descriptor, UnsafeRawBufferPointer(space), of: memory, at: nil, tag: 1)
        try #require(isQueued)
    }

    @Test func `a write keeps the memory that it takes from until it ended`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            let writer = pipe.writer.borrowed
            let filling = [UInt8](repeating: 1, count: 1 << 20)[...]
            var filled = 0
            while true {
                let count = try writer.writeWithoutBlocking(filling)
                if count == 0 { break }
                filled += count
            }
            let ring = try Ring(entries: 1, blockCount: 0, blockSize: 0)
            let before = try Scene.unforkedBytes()
            try RingClosingTests.queue([7, 8, 9], on: ring, to: writer)
            try ring.submit()
            #expect(ring.nextCompletion() == nil)
            #expect(try Scene.unforkedBytes() >= before + 65536)
            var rest = filled
            while rest > 0 {
                rest -= try pipe.reader.borrowed.read(byteCount: rest).count
            }
            #expect(try ring.awaitCompletion().result == .success(3))
            #expect(try pipe.reader.borrowed.read(byteCount: 9) == [7, 8, 9])
            #expect(try Scene.unforkedBytes() == before)
        }
    }

    @Test func `a process that is forked off holds no ring`() async {
        await #expect(processExitsWith: .success) {
            let ring = try Ring.small()
            #expect(Scene.holdsRing(Process.number))
            let guarding = try Guard()
            let child = guarding.leader
            // It closes its descriptors first; its memory is as the fork left it.
            #expect(!Scene.holdsRing(child))
            #expect(Proc.contents(of: "/proc/\(child)/maps")?.isEmpty == false)
            #expect(isOpen(ring.descriptor))
            guarding.dismiss()
        }
    }
}
