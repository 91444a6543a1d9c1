import LinuxSystem
import Testing

@testable import Relaying

/// What a relay's parts must never be asked: the process ends before a byte is lost.
@Suite struct InvariantTests {
    private static func withPipe(then memory: Int) throws -> Reservoir {
        var store = Reservoir(
            try MemoryQueue(byteCount: 2 << 20), after: PipePool(pipeCapacity: 4096, limit: 1))
        store.add((reader: 1, writer: 2))
        _ = store.room()
        store.filledPipe(1)
        if memory > 0 { try store.append([UInt8](repeating: 0, count: memory)) }
        return store
    }

    @Test func `what is in the pipes is older than what is in memory`() async {
        await #expect(processExitsWith: .success) {
            var store = try InvariantTests.withPipe(then: 0)
            store.filledPipe(1)
            #expect(store.count == 2)
        }
        await #expect(processExitsWith: .failure) {
            var store = try InvariantTests.withPipe(then: 1)
            store.filledPipe(1)
        }
    }

    @Test func `no more is taken out than lies together`() async {
        await #expect(processExitsWith: .failure) {
            var queue = try MemoryQueue(byteCount: 2 << 20)
            try queue.append([1, 2])
            queue.remove(3)
        }
        await #expect(processExitsWith: .failure) {
            var store = try InvariantTests.withPipe(then: 1)
            store.remove(2)
        }
    }

    @Test func `a record comes out of no pipe that has more slots than its reader's`() async {
        await #expect(processExitsWith: .failure) {
            _ = ReservoirPump<LinuxKernel>(
                from: 1, to: 2, .pipe(capacity: 2048), RecordOrder(size: 512),
                try InvariantTests.withPipe(then: 0), nil)
        }
        await #expect(processExitsWith: .failure) {
            _ = ReservoirPump<LinuxKernel>(
                from: 1, to: 2, .stream, nil, try InvariantTests.withPipe(then: 0), nil)
        }
    }

    @Test func `only a copy gives what another engine took`() async {
        await #expect(processExitsWith: .failure) {
            _ = Pump<LinuxKernel>(
                from: 1, to: 2, .direct, .toConnection, holding: [1])
        }
    }
}
