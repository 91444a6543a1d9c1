import Foundation
import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

/// A reader of records gets them whole, whatever pieces the bytes come in, and whoever pauses.
@Suite struct RecordTests {
    @Test(arguments: RecordRun.Way.ofRecords)
    func `only the last record is short in a thousand runs of four ways`(way: RecordRun.Way) throws
    {
        for seed in 0..<334 as Range<UInt64> {
            var run = try RecordRun(seed: seed, way)
            let hasEnded = run.run()
            try #require(hasEnded, "seed \(seed)")
            let whole = run.reads.dropLast().allSatisfy { $0.count == run.record }
            try #require(whole, "seed \(seed): \(run.record): \(run.reads.map(\.count))")
            let over = run.sent.count % run.record
            let padding = run.isPadded && over > 0 ? run.record - over : 0
            let expected = run.sent + [UInt8](repeating: 0, count: padding)
            try #require(isSame(run.reads, expected), "seed \(seed)")
            #expect(run.facts?.count == Int64(run.reads.count), "seed \(seed)")
            #expect(run.facts?.padded == Int64(padding), "seed \(seed)")
            #expect(run.facts?.short == (over > 0 && padding == 0 ? 1 : 0), "seed \(seed)")
        }
    }

    @Test func `a stream comes out of pipes and memory in its order`() throws {
        for seed in 0..<334 as Range<UInt64> {
            var run = try RecordRun(seed: seed, .stream)
            let hasEnded = run.run()
            try #require(hasEnded, "seed \(seed)")
            try #require(isSame(run.reads, run.sent), "seed \(seed)")
        }
    }

    /// Without a loop over bytes, which takes long in a debug build.
    private func isSame(_ pieces: [[UInt8]], _ bytes: [UInt8]) -> Bool {
        var whole: [UInt8] = []
        for piece in pieces { whole += piece }
        guard whole.count == bytes.count else { return false }
        return unsafe whole.withUnsafeBytes { whole in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe bytes.isEmpty
                    || memcmp(whole.baseAddress!, bytes.baseAddress!, bytes.count) == 0
            }
        }
    }

    @Test func `the model has short records for whoever writes what fits`() {
        var pipe = ModelPipe(capacity: 65_536)
        let record = [UInt8](repeating: 1, count: 10_240)
        var short = 0
        while pipe.write(record[...]) == record.count {}
        while pipe.byteCount > 0 { short += pipe.read(record.count).count < record.count ? 1 : 0 }
        #expect(short > 0)
    }

    @Test func `the model runs out of slots before it is full of bytes`() {
        var pipe = ModelPipe(capacity: 1 << 20)
        var pieces = 0
        while pipe.splice([1, 2, 3]) { pieces += 1 }
        #expect(pieces == 256)
        #expect(pipe.byteCount == 768)
    }

    @Test func `a pipe takes as many records as it has slots for`() {
        let even = RecordRoom(recordSize: 262_144, capacity: 1 << 20)
        #expect(even.takesOneMore(queued: 786_432))
        #expect(!even.takesOneMore(queued: 786_433))
        let odd = RecordRoom(recordSize: 10_240, capacity: 65_536)
        #expect(odd.takesOneMore(queued: 40_960))
        #expect(!odd.takesOneMore(queued: 51_200))
        #expect(RecordRoom(recordSize: 65_536, capacity: 65_536).takesOneMore(queued: 0))
        #expect(!RecordRoom(recordSize: 65_536, capacity: 65_536).takesOneMore(queued: 1))
    }

    @Test(arguments: [512, 1000, 3000, 4096, 5120, 8704, 9216, 10_240, 27_998, 65_537])
    func `a real pipe takes whole what it was said to have room for`(size: Int) throws {
        var random = SeededGenerator(seed: UInt64(size))
        for capacity in [1 << 16, 1 << 17, 1 << 20] where RecordRoom.fits(size, in: capacity) {
            let pipe = try Pipe(capacity: capacity)
            let (reader, writer) = (pipe.reader.borrowed, pipe.writer.borrowed)
            try writer.setNonblocking(true)
            let room = RecordRoom(recordSize: size, capacity: capacity)
            let record = [UInt8](repeating: 1, count: size)
            for _ in 0..<200 {
                while room.takesOneMore(queued: reader.queuedByteCount) {
                    let count = try writer.write(record[...])
                    try #require(count == size, "\(capacity)")
                }
                for _ in 0..<Int.random(in: 1...9, using: &random)
                where reader.queuedByteCount > 0 {
                    #expect(try reader.read(byteCount: size).count == size)
                }
            }
        }
    }

    @Test(arguments: [16_384, 65_536], [1000, 10_000, 40_000, 100_000])
    func `room is counted in the pages of this kernel`(page: Int, size: Int) {
        var pipe = ModelPipe(capacity: 16 * page, page: page)
        let room = RecordRoom(recordSize: size, capacity: pipe.capacity, page: page)
        let record = [UInt8](repeating: 1, count: size)
        while room.takesOneMore(queued: pipe.byteCount) {
            #expect(pipe.write(record[...]) == size)
        }
        #expect(pipe.byteCount > 0)
    }

    @Test(arguments: [512, 4096, 10_240, 65_537, 1 << 20, 1 << 30])
    func `the capacity to ask for is just enough`(size: Int) {
        let capacity = RecordRoom.capacity(for: size)
        #expect(RecordRoom.fits(size, in: capacity))
        #expect(!RecordRoom.fits(size, in: capacity - Pipe.pageSize))
    }

    @Test func `waiting time is at most an eighth too long`() {
        var patience = Patience()
        let start = Instant(nanoseconds: 1_000)
        var now = start
        for _ in 0..<300 {
            patience.wait(now)
            let next = patience.next!
            let late = next - now
            #expect(late <= .milliseconds(100))
            #expect(late.nanoseconds <= max(50_000, (now - start).nanoseconds / 8))
            #expect(late > .seconds(0))
            now = next
        }
        #expect(now - start > .seconds(10))
        patience.end()
        #expect(patience.next == nil)
    }
}
