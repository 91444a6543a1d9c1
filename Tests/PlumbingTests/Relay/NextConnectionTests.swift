import Glibc
import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

/// A stream goes on over another connection where one is lost: every byte once, and in order.
@Suite struct NextConnectionTests {
    private func scene(
        _ byteCount: Int, from: Link.Kind, to engines: (RelayEngine, RelayEngine),
        isSealed: Bool = false, piece: Int = .max, mostPipes: Int? = nil, feed: FeedOrder? = nil,
        seed: UInt64
    ) throws -> CutScene {
        let first = try Link(from)
        let second = try Pipe(capacity: 1 << 20)
        return try CutScene(
            SeededGenerator.content(byteCount, seed: seed), writer: first.writer,
            source: first.reader, target: second.writer, reader: second.reader, engines,
            isSealed: isSealed, piece: piece, mostPipes: mostPipes, feed: feed, seed: seed)
    }

    @Test(arguments: [Link.Kind.pipe, .pair, .tcp], 0..<3 as Range<UInt64>)
    func `every byte comes once where splices go on after twenty cuts`(
        kind: Link.Kind, seed: UInt64
    ) throws {
        let scene = try scene(8_000_000, from: kind, to: (.splice, .splice), seed: seed)
        try scene.run(cuts: 20)
        #expect(scene.got == scene.content)
        #expect(scene.cutCount > 15)
    }

    @Test(arguments: [false, true], 0..<3 as Range<UInt64>)
    func `every byte comes once where copies go on, sealed or not`(
        isSealed: Bool, seed: UInt64
    ) throws {
        let scene = try scene(
            4_000_000, from: .pair, to: (.copy, .copy), isSealed: isSealed, seed: seed)
        try scene.run(cuts: 20)
        #expect(scene.got == scene.content)
        #expect(scene.cutCount > 15)
    }

    @Test(arguments: 0..<3 as Range<UInt64>)
    func `small writes are kept in few pipes, and none is lost`(seed: UInt64) throws {
        let scene = try scene(
            1_000_000, from: .tcp, to: (.splice, .splice), piece: 300, mostPipes: 4, seed: seed)
        try scene.run(cuts: 20)
        #expect(scene.got == scene.content)
    }

    @Test(arguments: [false, true], 0..<3 as Range<UInt64>)
    func `records and buffers are filled from one connection after another`(
        isSealed: Bool, seed: UInt64
    ) throws {
        let feed = FeedOrder(
            record: RecordOrder(size: 10_240, isPadded: false),
            buffer: BufferOrder(byteCount: 8 << 20, start: 30, resume: 20))
        let scene = try scene(
            4_000_001, from: .pair, to: (isSealed ? .copy : .splice, .copy), isSealed: isSealed,
            feed: feed, seed: seed)
        try scene.run(cuts: 20)
        #expect(scene.got == scene.content)
        #expect(scene.receiver.feeding?.records?.short == 1)
    }

    @Test(arguments: 0..<3 as Range<UInt64>)
    func `a ring writes one connection after another to a file`(seed: UInt64) throws {
        let file = try ScratchFile()
        let first = try Link(.pair)
        let scene = try CutScene(
            SeededGenerator.content(4_000_000, seed: seed), writer: first.writer,
            source: first.reader, target: try file.open(O_RDWR), reader: nil, (.splice, .ring),
            seed: seed)
        try scene.run(cuts: 20)
        #expect(file.contents == scene.content)
    }
}
