import Glibc
import LinuxSystem
import Testing

@Suite(.enabled(if: hasRings, withoutRings)) struct RingTests {
    private let text = [UInt8]("the quick brown fox".utf8)

    @Test func `a file is read piece by piece from its own position, then ends`() throws {
        let ring = try Ring(entries: 2, blockCount: 2, blockSize: 16)
        let file = try ScratchFile(text)
        let source = try OwnedDescriptor.open(file.asPath, .reading)
        var read: [UInt8] = []
        for expected in [16, 3, 0] {
            let block = read.isEmpty ? 0 : 1
            let isQueued = ring.read(from: source.borrowed, into: block, offset: nil, tag: 1)
            #expect(try ring.run(isQueued) == expected)
            read += ring.bytes(in: block, 0..<expected)
        }
        #expect(read == text)
        #expect(ring.bytes(in: 0, 4..<9) == [UInt8]("quick".utf8), "blocks do not overlap")
    }

    @Test func `an explicit offset reads there and leaves the file's position alone`() throws {
        let ring = try Ring.small()
        let file = try ScratchFile(text)
        let source = try OwnedDescriptor.open(file.asPath, .reading)
        #expect(try ring.run(ring.read(from: source.borrowed, into: 1, offset: 10, tag: 1)) == 9)
        #expect(ring.bytes(in: 1, 0..<9) == [UInt8]("brown fox".utf8))
        #expect(try source.borrowed.read(byteCount: 3) == [UInt8]("the".utf8))
    }

    @Test func `what was read into a block is written from it, whole or in part`() throws {
        let ring = try Ring.small()
        try ring.fill(1, text)
        let pipe = try Pipe()
        let writer = pipe.writer.borrowed
        for range in [0..<text.count, 4..<9] {
            let isQueued = ring.write(to: writer, from: 1, range: range, offset: nil, tag: 1)
            #expect(try ring.run(isQueued) == range.count)
            #expect(try pipe.reader.borrowed.read(byteCount: 99) == Array(text[range]))
        }
    }

    @Test func `an explicit offset writes there, none at the file's position`() throws {
        let ring = try Ring.small()
        try ring.fill(0, text)
        let file = try ScratchFile([])
        let target = try OwnedDescriptor.open(file.asPath, .writingNew)
        for offset in [nil, 10, nil] as [Int64?] {
            let isQueued = ring.write(
                to: target.borrowed, from: 0, range: 0..<3, offset: offset, tag: 1)
            #expect(try ring.run(isQueued) == 3)
        }
        #expect(file.contents == [UInt8]("thethe\0\0\0\0the".utf8))
    }

    @Test func `what a closed descriptor is asked fails, and the rest is done`() throws {
        let ring = try Ring.small()
        let pipe = try Pipe()
        try pipe.writer.borrowed.writeAll(text)
        // The kernel stops taking operations behind the first, which it refuses at once.
        #expect(ring.splice(from: -1, to: -1, byteCount: 1, tag: 1))
        #expect(ring.read(from: -1, into: 0, offset: nil, tag: 2))
        #expect(ring.read(from: pipe.reader.borrowed, into: 1, offset: nil, tag: 3))
        try ring.submit()
        #expect(ring.unsubmittedCount == 0)
        var results: [UInt64: Result<Int, Errno>] = [:]
        while results.count < 3 {
            let completion = try ring.awaitCompletion()
            results[completion.tag] = completion.result
        }
        let closed = Result<Int, Errno>.failure(Errno(EBADF))
        #expect(results == [1: closed, 2: closed, 3: .success(text.count)])
        #expect(ring.inFlightCount == 0)
    }

    @Test func `a full queue takes nothing until it was submitted`() throws {
        let ring = try Ring.small(entries: 2)
        let zeros = try OwnedDescriptor.open(Path("/dev/zero"), .reading)
        func ask() -> Bool { ring.read(from: zeros.borrowed, into: 0, offset: nil, tag: 1) }
        #expect([ask(), ask(), ask()] == [true, true, false])
        #expect(!ring.write(to: zeros.borrowed, from: 0, range: 0..<1, offset: nil, tag: 1))
        #expect(!ring.splice(from: 0, to: 0, byteCount: 1, tag: 1))
        #expect(!ring.cancel(tag: 1))
        #expect((ring.inFlightCount, ring.unsubmittedCount) == (2, 2))
        try ring.submit()
        #expect(ring.unsubmittedCount == 0)
        #expect(ask())
    }

    @Test func `no completion is lost when more of them wait than the ring has room for`() throws {
        let ring = try Ring.small(entries: 2)
        let zeros = try OwnedDescriptor.open(Path("/dev/zero"), .reading)
        // A kernel may refuse more while those before wait, but not so few.
        let asked = (0..<20 as Range<UInt64>).prefix { tag in
            defer { try? ring.submit() }
            return ring.read(from: zeros.borrowed, into: 0, offset: nil, tag: tag)
        }
        #expect(asked.count > 4)
        var tags: [UInt64] = []
        while ring.inFlightCount > 0 {
            try ring.submit()
            tags.append(try ring.awaitCompletion().tag)
        }
        #expect(tags.sorted() == Array(asked))
        #expect(ring.nextCompletion() == nil)
    }

    @Test func `operations end in the order of what they wait for`() throws {
        let ring = try Ring.small()
        let first = try Pipe()
        let second = try Pipe()
        #expect(ring.read(from: first.reader.borrowed, into: 0, offset: nil, tag: 7))
        #expect(ring.read(from: second.reader.borrowed, into: 1, offset: nil, tag: 8))
        try ring.submit()
        try second.writer.borrowed.writeAll([2, 2])
        #expect(try ring.awaitCompletion() == Completion(tag: 8, result: .success(2)))
        #expect(ring.nextCompletion() == nil)
        #expect(ring.inFlightCount == 1)
        try first.writer.borrowed.writeAll([1])
        #expect(try ring.awaitCompletion() == Completion(tag: 7, result: .success(1)))
    }

    @Test func `the kernel of this host has every operation`() throws {
        let ring = try Ring.small()
        #expect(RingOperation.allCases.allSatisfy { ring.supports($0) })
    }
}
