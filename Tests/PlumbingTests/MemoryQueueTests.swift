import LinuxSystem
import Plumbing
import Relaying
import Testing

/// Bytes in memory that grows with them.
@Suite struct MemoryQueueTests {
    @Test func `what goes in comes out, whatever the pieces`() throws {
        var random = SeededGenerator(seed: 7)
        for unit in [1, 10_240, 1 << 20, 3 << 20] {
            var store = try MemoryQueue(byteCount: 8 << 20, unit: unit)
            var expected: [UInt8] = []
            for round in 0..<200 {
                let piece = [UInt8](
                    repeating: UInt8(round), count: Int.random(in: 0...40_000, using: &random))
                try store.append(piece)
                expected += piece
                #expect(store.count == expected.count)
                let count = Int.random(in: 0...45_000, using: &random)
                let taken = drain(&store, count)
                #expect(taken.count <= count)
                #expect(taken == [UInt8](expected.prefix(taken.count)))
                expected.removeFirst(taken.count)
            }
            while store.count > 0 { expected.removeFirst(drain(&store, 1 << 20).count) }
            #expect(expected.isEmpty)
        }
    }

    @Test(arguments: [512, 10_240, 100_000, 1 << 20, 5_000_000])
    func `a unit never lies in two blocks`(unit: Int) throws {
        var store = try MemoryQueue(byteCount: 16 << 20, unit: unit)
        for _ in 0..<50 {
            try store.append([UInt8](repeating: 1, count: unit / 3))
            while store.count >= unit {
                #expect(unsafe store.oldest(unit).count == unit)
                store.remove(unit)
            }
        }
    }

    @Test func `full it takes no more until a block is empty`() throws {
        var store = try MemoryQueue(byteCount: 2 << 20)
        try store.append([UInt8](repeating: 1, count: 2 << 20))
        #expect(store.isFull)
        let hasSpace = unsafe store.space() != nil
        #expect(!hasSpace)
        store.remove((1 << 20) - 1)
        #expect(store.isFull)
        store.remove(1)
        #expect(!store.isFull)
        try store.append([2])
        #expect(store.count == (1 << 20) + 1)
    }

    @Test func `what must be in goes past the limit`() throws {
        var store = try MemoryQueue(byteCount: 2 << 20)
        try store.append([UInt8](repeating: 1, count: (2 << 20) - 5))
        try store.append([UInt8](repeating: 0, count: 1000))
        #expect(store.count == (2 << 20) + 995)
        #expect(drain(&store, 1 << 20).count == 1 << 20)
        let rest = drain(&store, 1 << 20) + drain(&store, 1 << 20)
        #expect(rest.count == (1 << 20) + 995)
        #expect(rest.suffix(1000).allSatisfy { $0 == 0 })
    }

    private func drain(_ store: inout MemoryQueue, _ byteCount: Int) -> [UInt8] {
        let bytes = unsafe [UInt8](store.oldest(byteCount))
        store.remove(bytes.count)
        return bytes
    }

    @Test func `it grows only as long as there is memory for more`() throws {
        var left = Int64(1) << 30
        var store = try MemoryQueue(byteCount: 1 << 30, available: { left })
        func fill(_ byteCount: Int) {
            var rest = byteCount
            while rest > 0, let space = unsafe store.space() {
                store.filled(min(rest, space.count))
                rest -= space.count
            }
        }
        fill(100 << 20)
        #expect(store.count == 100 << 20 && store.capacity == 1 << 30)
        left = 100 << 20
        fill(100 << 20)
        #expect(store.isFull && store.count < 200 << 20)
        #expect(store.capacity == store.count)
    }
}
