import LinuxSystem
import Relaying
import Testing

/// What is sealed into a connection comes out of it, or nothing does.
@Suite struct CarrierTests {
    /// What a sealer has put on a wire that takes as much at a time as a seed says.
    private func sealed(
        _ content: [UInt8], _ random: inout SeededGenerator, hasEnd: Bool = true
    ) throws -> (wire: [UInt8], overhead: Int64) {
        let sealer = try Sealer(ToyCipher())
        var (wire, given) = ([UInt8](), 0)
        func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
            let most = random.below(3) == 0 ? 0 : 1 + random.below(60_000)
            guard most > 0 else { throw .wouldBlock }
            let count = min(most, bytes.count)
            unsafe wire += bytes.prefix(count)
            return count
        }
        while given < content.count {
            do throws(Errno) {
                // As long as records of it are on their way, the same bytes come again.
                given += try unsafe withBytes(content[given...]) { bytes throws(Errno) in
                    try unsafe sealer.write(bytes, by: write)
                }
            } catch { try #require(error == .wouldBlock) }
            let whole = wire.count / SealedRecord.limit * SealedRecord.contentLimit
            #expect(given == content.count || given == whole)
            let isPart = given < content.count && wire.count % SealedRecord.limit > 0
            #expect((sealer.begunByteCount > 0) == isPart)
        }
        while hasEnd {
            do throws(Errno) {
                try unsafe sealer.end(by: write)
                break
            } catch { try #require(error == .wouldBlock) }
        }
        return (wire, sealer.overhead)
    }

    private func withBytes(
        _ bytes: ArraySlice<UInt8>, _ body: (UnsafeRawBufferPointer) throws(Errno) -> Int
    ) throws(Errno) -> Int {
        try unsafe bytes.withUnsafeBytes { memory in
            Result { () throws(Errno) in try unsafe body(memory) }
        }.get()
    }

    /// What an opener makes of the wire, read in pieces that a seed chooses, and why it ended.
    private func opened(
        _ wire: [UInt8], _ random: inout SeededGenerator
    ) throws -> (content: [UInt8], error: Errno?, overhead: Int64) {
        let opener = try Opener(ToyCipher())
        var (rest, content) = (wire[...], [UInt8]())
        func read(_ room: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
            if random.below(4) == 0 { throw .wouldBlock }
            let piece = rest.prefix(min(room.count, 1 + random.below(40_000)))
            unsafe room.copyBytes(from: piece)
            rest = rest.dropFirst(piece.count)
            return piece.count
        }
        var room = [UInt8](repeating: 0, count: 1 + random.below(100_000))
        while true {
            var (count, failure) = (0, Errno?.none)
            unsafe room.withUnsafeMutableBytes { memory in
                do throws(Errno) { count = try unsafe opener.read(into: memory, by: read) } catch {
                    failure = error
                }
            }
            if failure == .wouldBlock { continue }
            guard count > 0 else { return (content, failure, opener.overhead) }
            content += room[..<count]
        }
    }

    private static let sizes = [
        0, 1, 16383, 16384, 16385, 16 * 16384 - 1, 16 * 16384, 16 * 16384 + 1, 700_000,
    ]

    @Test(arguments: sizes)
    func `what was sealed comes out again, whatever pieces it goes in`(size: Int) throws {
        for seed in 0..<2 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let content = random.bytes(size)
            let (wire, sent) = try sealed(content, &random)
            let (result, error, received) = try opened(wire, &random)
            #expect(result == content && error == nil)
            #expect(Int64(wire.count - size) == sent && sent == received)
        }
    }

    @Test func `a stream that is cut anywhere has no end`() throws {
        var random = SeededGenerator(seed: 1)
        let content = random.bytes(17_000)
        let wire = try sealed(content, &random).wire
        let places =
            (0..<30).map { _ in random.below(wire.count) } + [
                0, 4, 5, SealedRecord.limit, wire.count - 24,
                wire.count - 1,
            ]
        for place in places {
            let (result, error, _) = try opened([UInt8](wire[..<place]), &random)
            #expect(error == .truncated && content.starts(with: result), "cut at \(place)")
        }
    }

    @Test func `a changed byte ends the stream before it`() throws {
        var random = SeededGenerator(seed: 2)
        let content = random.bytes(17_000)
        let wire = try sealed(content, &random).wire
        for place in [0, 1, 2, 3, 4, 5] + (0..<30).map({ _ in random.below(wire.count) }) {
            var changed = wire
            changed[place] ^= 1 << UInt8(random.below(8))
            let (result, error, _) = try opened(changed, &random)
            // A length that grew may want more than there is.
            let wanted: [Errno] =
                [3, 4].contains(place % SealedRecord.limit)
                ? [.forged, .truncated] : [.forged]
            #expect(error.map { wanted.contains($0) } == true, "changed at \(place)")
            #expect(content.starts(with: result), "changed at \(place)")
        }
    }

    @Test func `records that are swapped, repeated, dropped or behind the end are refused`() throws
    {
        var random = SeededGenerator(seed: 3)
        let content = random.bytes(3 * SealedRecord.contentLimit)
        let wire = try sealed(content, &random).wire
        let records = (0..<3).map {
            [UInt8](wire[$0 * SealedRecord.limit..<($0 + 1) * SealedRecord.limit])
        }
        let end = [UInt8](wire[(3 * SealedRecord.limit)...])
        let orders: [[[UInt8]]] = [
            [records[1], records[0], records[2], end], [records[0], records[0], records[1]],
            [records[0], records[2], end], records + [end, [0]], records + [end, end],
            [records[0], end],
        ]
        for order in orders {
            let (result, error, _) = try opened([UInt8](order.joined()), &random)
            #expect(error == .forged && content.starts(with: result))
        }
    }

    @Test func `what another read from the connection is opened all the same`() throws {
        var random = SeededGenerator(seed: 4)
        let content = random.bytes(50_000)
        let wire = try sealed(content, &random).wire
        let opener = try Opener(ToyCipher())
        var (rest, result) = (wire[...], [UInt8]())
        while !rest.isEmpty {
            let piece = [UInt8](rest.prefix(1 + random.below(9_000)))
            rest = rest.dropFirst(piece.count)
            opener.add(piece)
            result += opener.drain(opener.heldByteCount)
        }
        #expect(result == content && opener.heldByteCount == 0)
        opener.add([])
        #expect(opener.failure == nil)
    }

    @Test func `however much comes behind what was forged, nothing of it is kept`() throws {
        let opener = try Opener(ToyCipher())
        for _ in 0..<10 {
            opener.add([UInt8](repeating: 0x17, count: 65_536))
            #expect(opener.drain(65_536).isEmpty)
        }
        #expect(opener.failure == .forged && opener.heldByteCount == 65_536)
    }
}
