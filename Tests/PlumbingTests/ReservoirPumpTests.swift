import LinuxSystem
import Plumbing
import Testing

@Suite struct ReservoirPumpTests {
    /// A source that always has one record more, and a reader that is late once and then never.
    private struct EagerKernel: RecordKernel {
        private var looks = 0

        mutating func queuedByteCount(_ pipe: CInt) -> Int {
            looks += 1
            return looks == 1 ? 1 : 0
        }

        func splice(from source: CInt, to target: CInt, byteCount: Int) -> Int {
            min(byteCount, 4096)
        }
        func sendFile(from file: CInt, to target: CInt, byteCount: Int) -> Int { byteCount }
        func isReadable(_ source: CInt) -> Bool { true }
        func makePipe(capacity: Int) -> (reader: CInt, writer: CInt)? { (3, 4) }
        func yield() {}
        func read(_ source: CInt, into block: inout [UInt8]) -> Int { 0 }
        func read(_ source: CInt, into memory: UnsafeMutableRawBufferPointer) -> Int { 0 }
        func write(_ target: CInt, _ bytes: ArraySlice<UInt8>) -> Int { 0 }
        func write(_ target: CInt, _ bytes: UnsafeRawBufferPointer, waits: Bool) -> Int { 0 }
    }

    // A store with records waited for a reader whose pipe was empty, and nothing was to wake the pump.
    @Test func `a pump that could go on for ever is due again at once`() throws {
        var kernel = EagerKernel()
        let store = Reservoir(
            try MemoryQueue(byteCount: 2 << 20), after: PipePool(pipeCapacity: 1 << 20))
        var pump = ReservoirPump<EagerKernel>(
            from: 1, to: 2, .pipe(capacity: 1 << 16), RecordOrder(size: 4096, isPadded: false),
            store, nil)
        let now = Instant(nanoseconds: 7)
        pump.advance(&kernel, now)
        #expect(pump.progress.given > 0)
        #expect(pump.deadline == now)
    }
}
