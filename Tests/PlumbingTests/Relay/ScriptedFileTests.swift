import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

/// Writes to a file that are taken in part, on a disk that is full for good or for a moment, while
/// others write at the same position.
@Suite struct ScriptedFileTests {
    private struct Scene {
        let content: [UInt8]
        let file: ScriptedFile
        var ring: ScriptedFileRing
        var pump: RingPump<ScriptedFileRing>

        init(seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            content = random.bytes(random.below(400)).map { $0 & 0x7f }
            let more = (after: 1 + random.below(3), byteCount: random.below(3) * 200)
            file = ScriptedFile(head: [9, 9], room: random.below(400), more: more)
            let size = 1 + random.below(40)
            ring = ScriptedFileRing(file, content, blockSize: size, seed: ~seed)
            pump = RingPump(
                from: ScriptedFileRing.source, to: 201, .blocks(count: 3, size: size),
                readingAt: 0, needsClaims: true)
        }
    }

    @Test(arguments: 0..<400 as Range<UInt64>)
    func `what is counted is what the file has, and where it stands`(seed: UInt64) {
        var scene = Scene(seed: seed)
        for _ in 0..<10_000 where scene.pump.progress.isRunning { scene.pump.advance(&scene.ring) }
        #expect(!scene.pump.progress.isRunning)
        var kernel = LinuxKernel()
        if scene.pump.progress.target != .open {
            while !scene.pump.settle(&scene.ring) {}
            _ = scene.pump.surrender(&scene.ring, &kernel)
            #expect(scene.pump.progress.target == .failed(.noSpace))
        } else {
            #expect(scene.pump.progress.given == scene.content.count)
        }
        let given = Int(scene.pump.progress.given)
        #expect(scene.file.bytes == [9, 9] + scene.content.prefix(given), "seed \(seed)")
        #expect(scene.file.position == 2 + given)
        #expect(scene.ring.readingPosition == Int64(scene.ring.taken))
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `another writer of the file loses nothing, nor does the stream`(seed: UInt64) throws {
        var scene = Scene(seed: seed)
        scene.file.room = 10_000
        var others = 0
        var random = SeededGenerator(seed: seed &+ 1)
        while scene.pump.progress.isRunning {
            scene.pump.advance(&scene.ring)
            if random.below(2) == 0 {
                _ = try scene.file.write([0xff, 0xff], at: nil, byRing: false)
                others += 2
            }
        }
        #expect(scene.file.position == 2 + scene.content.count + others)
        #expect(scene.file.bytes.filter { $0 < 0xff } == [9, 9] + scene.content)
    }
}
