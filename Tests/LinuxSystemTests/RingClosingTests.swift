import Glibc
import LinuxSystem
import Testing

@Suite(.enabled(if: hasRings, withoutRings)) struct RingClosingTests {
    @Test func `a ring that is closed ends what waits, and is quick about it`() throws {
        let ring = try Ring.small(entries: 1)
        let first = try Pipe()
        let second = try Pipe()
        for (tag, reader) in [first.reader.number, second.reader.number].enumerated() {
            #expect(ring.read(from: reader, into: tag, offset: nil, tag: UInt64(tag)))
            try ring.submit()
        }
        let start = Instant.now
        ring.drainAndClose(within: patience)
        #expect(Instant.now - start < .seconds(1))
        #expect((ring.inFlightCount, ring.number) == (0, -1))
        try Descriptor.writeAll(first.writer.number, [1])
        #expect(try Descriptor.read(first.reader.number, byteCount: 9) == [1], "nobody took it")
    }

    @Test func `a ring that is closed waits for what it never submitted`() throws {
        let ring = try Ring.small()
        let pipe = try Pipe()
        #expect(ring.read(from: pipe.reader.number, into: 0, offset: nil, tag: 1))
        ring.drainAndClose()
        #expect(ring.inFlightCount == 0)
    }

    @Test func `a closed ring takes and tells nothing, and can be closed again`() throws {
        let ring = try Ring.small()
        ring.drainAndClose()
        #expect(!ring.read(from: 0, into: 0, offset: nil, tag: 1))
        #expect(!ring.write(to: 0, from: 0, range: 0..<1, offset: nil, tag: 1))
        #expect(!ring.splice(from: 0, to: 0, byteCount: 1, tag: 1))
        #expect(!ring.cancel(tag: 1))
        #expect(ring.nextCompletion() == nil)
        #expect((ring.inFlightCount, ring.unsubmittedCount) == (0, 0))
        #expect(!ring.supports(.read))
        try ring.submit()
        ring.drainAndClose()
    }

    @Test func `descriptor and memory are given up when the ring goes`() async {
        await #expect(processExitsWith: .success) {
            let before = try Scene.unforkedBytes()
            var ring: Ring? = try Ring(entries: 4, blockCount: 3, blockSize: 65536)
            let number = ring?.number ?? -1
            #expect(isOpen(number))
            #expect(isCloseOnExec(number))
            #expect(try Scene.unforkedBytes() >= before + 3 * 65536)
            ring = nil
            #expect(!isOpen(number))
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
                    from: connection.accepted.number, to: locked.writer.number, byteCount: 9, tag: 1
                ))
            try holder.submit()
            #expect(try Scene.workerStands("S"))
            // ... and no signal reaches who waits for that lock.
            let ring = try Ring(entries: 4, blockCount: 3, blockSize: 65536)
            let other = try Pipe()
            #expect(
                ring.splice(
                    from: locked.reader.number, to: other.writer.number, byteCount: 9, tag: 2))
            try ring.submit()
            #expect(try Scene.workerStands("D"))
            ring.drainAndClose(within: .milliseconds(50))
            #expect((ring.inFlightCount, ring.number) == (1, -1))
            #expect(try Scene.unforkedBytes() >= before + 3 * 65536)
            try Descriptor.writeAll(connection.dialled.number, [1])
            #expect(try holder.awaitCompletion().result == .success(1))
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
            #expect(isOpen(ring.number))
            guarding.dismiss()
        }
    }
}
