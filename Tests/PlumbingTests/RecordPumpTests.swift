import LinuxSystem
import Plumbing
import Testing

@Suite struct RecordPumpTests {
    /// A source that always has more, and a reader that is late once and then never.
    private struct EagerKernel: RecordKernel {
        private var looks = 0

        mutating func queuedByteCount(_ pipe: CInt) -> Int {
            looks += 1
            return looks == 1 ? 1 : 0
        }

        func splice(from source: CInt, to target: CInt, byteCount: Int) -> Int { byteCount }
        func sendFile(from file: CInt, to target: CInt, byteCount: Int) -> Int { byteCount }
        func isReadable(_ source: CInt) -> Bool { true }
        func yield() {}
        func read(_ source: CInt, into block: inout [UInt8]) -> Int { 0 }
        func read(_ source: CInt, into memory: UnsafeMutableRawBufferPointer) -> Int { 0 }
        func write(_ target: CInt, _ bytes: ArraySlice<UInt8>) -> Int { 0 }
        func write(_ target: CInt, _ bytes: UnsafeRawBufferPointer, waits: Bool) -> Int { 0 }
    }

    // Two records waited for a reader whose pipe was empty, and nothing was to wake the pump.
    @Test func `a pump that could go on for ever is due again at once`() {
        var kernel = EagerKernel()
        var pump = RecordPump<EagerKernel>(
            from: 1, to: 2, through: (3, 4), RecordOrder(size: 4096, isPadded: false))
        let now = Instant(nanoseconds: 7)
        pump.advance(&kernel, now)
        #expect(pump.progress.held == 2 * 4096)
        #expect(pump.deadline == now)
    }
}
