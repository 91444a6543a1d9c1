import LinuxSystem
import Plumbing
import Relaying
import Testing

@Suite struct ReservoirPumpTests {
    /// A source that always has one record more, and a reader that is late once and then never.
    private struct EagerKernel: RecordKernel {
        private var looks = 0

        mutating func queuedByteCount(_ pipe: Descriptor) -> Int {
            looks += 1
            return looks == 1 ? 1 : 0
        }

        func splice(from source: Descriptor, to target: Descriptor, byteCount: Int) -> Int {
            min(byteCount, 4096)
        }
        func sendFile(from file: Descriptor, to target: Descriptor, byteCount: Int) -> Int {
            byteCount
        }
        func isReadable(_ source: Descriptor) -> Bool { true }
        func isAtUrgentData(_ source: Descriptor) -> Bool { false }
        func hasByte(_ source: Descriptor) -> Bool { false }
        func makePipe(capacity: Int) -> (reader: Descriptor, writer: Descriptor)? { (3, 4) }
        func yield() -> Bool { false }
        func read(_ source: Descriptor, into block: inout [UInt8]) -> Int { 0 }
        func read(_ source: Descriptor, into memory: UnsafeMutableRawBufferPointer) -> Int { 0 }
        func write(_ target: Descriptor, _ bytes: ArraySlice<UInt8>) -> Int { 0 }
        func writeEnd(_ target: Descriptor) {}
        func write(_ target: Descriptor, _ bytes: UnsafeRawBufferPointer, _ manner: WriteManner)
            -> Int
        {
            0
        }
    }

    // A store with records waited for a reader whose pipe was empty, and nothing was to wake the pump.
    @Test func `a pump that could go on for ever is due again at once`() throws {
        var kernel = EagerKernel()
        let store = Reservoir(
            try MemoryQueue(byteCount: 2 << 20), after: PipePool(pipeCapacity: 1 << 20, limit: 256))
        var pump = ReservoirPump<EagerKernel>(
            from: 1, to: 2, .pipe(capacity: 1 << 20), RecordOrder(size: 4096, isPadded: false),
            store, nil)
        let now = Instant(nanoseconds: 7)
        pump.advance(&kernel, now)
        #expect(pump.progress.given > 0)
        #expect(pump.deadline == now)
    }

    @Test(arguments: [nil, PipePool(pipeCapacity: 1 << 18, limit: 256)])
    func `a reader that stops for an hour is asked ten times a second, and gets the rest`(
        pool: PipePool?
    ) throws {
        let record = [UInt8](repeating: 1, count: 1 << 16)
        var kernel = RecordScene(
            [[UInt8]](repeating: record, count: 40), capacity: 1 << 18, most: 8)
        kernel.deliver(40)
        var pump = ReservoirPump<RecordScene>(
            from: RecordScene.source, to: RecordScene.target, .pipe(capacity: 1 << 18),
            RecordOrder(size: record.count, isPadded: false),
            Reservoir(try MemoryQueue(byteCount: 2 << 20), after: pool),
            Watermarks(start: 0, resume: 0))
        var now = Instant(nanoseconds: 0)
        var turns = 0
        while now < Instant(nanoseconds: 3_600_000_000_000) {
            pump.advance(&kernel, now)
            now = try #require(pump.deadline)
            turns += 1
        }
        #expect(turns < 36_200)
        var whole = 0
        while !pump.progress.hasDelivered || kernel.reader.byteCount > 0 {
            if kernel.reader.read(record.count) == record { whole += 1 }
            pump.advance(&kernel, now)
        }
        #expect(whole == 40)
    }

    // What was spliced in small pieces has a slot for each: the bytes do not tell how many.
    @Test func `a record behind spliced pieces waits until all of them were read`() throws {
        let piece = [UInt8](repeating: 1, count: 1024)
        var kernel = RecordScene(
            [[UInt8]](repeating: piece, count: 128), capacity: 1 << 18, most: 1)
        kernel.deliver(128)
        var pump = ReservoirPump<RecordScene>(
            from: RecordScene.source, to: RecordScene.target, .pipe(capacity: 1 << 18),
            RecordOrder(size: 1 << 16, isPadded: false),
            Reservoir(
                try MemoryQueue(byteCount: 2 << 20),
                after: PipePool(pipeCapacity: 1 << 18, limit: 1)),
            nil)
        // The reader is late: the first record fills the only pipe, the second goes into memory.
        _ = kernel.reader.write([9])
        pump.advance(&kernel, Instant(nanoseconds: 0))
        _ = kernel.reader.read(1)
        for turn in 1...64 as ClosedRange<Int64> {
            pump.advance(&kernel, Instant(nanoseconds: turn * 1_000_000_000))
            #expect(pump.progress.given == 65_536, "turn \(turn)")
            #expect(kernel.reader.read(1024) == piece)
        }
        pump.advance(&kernel, Instant(nanoseconds: 65_000_000_000))
        #expect(pump.progress.given == 131_072)
    }
}
