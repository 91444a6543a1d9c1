import LinuxSystem
import Plumbing
import Relaying
import Testing

@Suite struct CourtesyTests {
    /// A source that gives so much and then nothing, on a processor that others want or do not.
    private struct Processor: RelayKernel {
        var waitingByteCount: Int
        var othersRun: Bool
        var yieldCount = 0
        var callCount = 0

        mutating func splice(
            from source: Descriptor, to target: Descriptor, byteCount: Int
        ) throws(Errno) -> Int {
            callCount += 1
            guard waitingByteCount > 0 else { throw .wouldBlock }
            defer { waitingByteCount = 0 }
            return waitingByteCount
        }

        mutating func yield() -> Bool {
            yieldCount += 1
            return othersRun
        }

        func isReadable(_ source: Descriptor) -> Bool { false }
        func isAtUrgentData(_ source: Descriptor) -> Bool { false }

        // What this pump never asks for.

        func hasByte(_ source: Descriptor) throws(Errno) -> Bool { throw .notSupported }

        func sendFile(from file: Descriptor, to target: Descriptor, byteCount: Int) throws(Errno)
            -> Int
        {
            throw .notSupported
        }

        func read(_ source: Descriptor, into block: inout [UInt8]) throws(Errno) -> Int {
            throw .notSupported
        }

        func writeEnd(_ target: Descriptor) {}

        func write(_ target: Descriptor, _ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
            throw .notSupported
        }
    }

    @Test(
        "A busy pump yields while others run, a bounded number of times",
        arguments: [
            (1 << 20, true, 20), (1 << 20, false, 1), (64 << 10, true, 20),
            ((64 << 10) - 1, true, 0),
        ])
    func yields(moved: Int, othersRun: Bool, count: Int) {
        var processor = Processor(waitingByteCount: moved, othersRun: othersRun)
        var pump = Pump<Processor>(from: 3, to: 4, .direct, .toConnection)
        pump.advance(&processor)
        #expect(pump.progress.given == Int64(moved))
        #expect(processor.yieldCount == count)
    }

    @Test(arguments: [(1 << 16, false), (1 << 19, true)])
    func `for what comes slowly one call is enough`(moved: Int, gathers: Bool) {
        var processor = Processor(waitingByteCount: moved - 1, othersRun: true)
        var pump = Pump<Processor>(from: 3, to: 4, .direct, .fromConnection)
        pump.advance(&processor, gathers: gathers)
        #expect(pump.progress.given == Int64(moved - 1))
        #expect(pump.progress.waits == .source)
        #expect(processor.callCount == 1 && processor.yieldCount == 0)
    }
}
