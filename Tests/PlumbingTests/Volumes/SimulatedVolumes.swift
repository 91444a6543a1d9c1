import LinuxSystem
import Plumbing
import Relaying
import Volumes

/// A drive, an input and whoever changes tapes, as a seed has it.
struct SimulatedVolumes: VolumeWorld {
    /// What only the seed knows in advance.
    struct Fate {
        var random: SeededGenerator
        /// After how many waits the program is killed.
        var life: Int?
        /// One tape in so many is a wrong one.
        var wrongOnes: Int?
        /// After how many changes the changer fails.
        var changes: Int?
    }

    var kernel: SimulatedInput
    private var fate: Fate
    private(set) var now = Instant(nanoseconds: 0)
    let date = WallTime(milliseconds: 1_796_025_600_000)
    let device: Descriptor = 3
    private let isWritten: Bool
    /// The tapes to come, in the order of their numbers; a writer gets fresh ones.
    private var shelf: [SimulatedTape]
    private let fresh: (inout SeededGenerator) -> SimulatedTape
    private(set) var used: [SimulatedTape] = []
    private var wanted: (volume: Int, moment: Instant)?
    private(set) var output: [UInt8] = []
    /// After how many bytes the reader of the output leaves.
    var outputLife: Int?

    private var drive: SimulatedDrive { kernel.drive }

    /// - Parameters:
    ///   - shelf: The tapes to read; none to write fresh ones.
    ///   - fresh: Makes a tape that may be written.
    init(
        _ drive: SimulatedDrive, _ input: [UInt8], _ fate: Fate, shelf: [SimulatedTape],
        fresh: @escaping (inout SeededGenerator) -> SimulatedTape
    ) {
        kernel = SimulatedInput(drive, input, SeededGenerator(seed: fate.random.seed &+ 1))
        self.fate = fate
        isWritten = shelf.isEmpty
        self.shelf = shelf
        self.fresh = fresh
        load(1)
    }

    private mutating func load(_ volume: Int) {
        drive.load(nil)
        if let ones = fate.wrongOnes, fate.random.chance(ones) { return loadWrongOne() }
        if isWritten {
            let tape = fresh(&fate.random)
            used.append(tape)
            return drive.load(tape)
        }
        drive.load(volume <= shelf.count ? shelf[volume - 1] : nil)
    }

    /// None, one that cannot be written, a used one, or one of another set.
    private mutating func loadWrongOne() {
        let other = fresh(&fate.random)
        switch fate.random.below(isWritten ? 2 : 3) {
        case 0: return
        case 1 where isWritten: other.isProtected = true
        case 1: other.items = [.record([UInt8](repeating: 7, count: 512)), .mark]
        default: return drive.load(shelf.randomElement(using: &fate.random))
        }
        drive.load(other)
    }

    func makePump(_ order: FeedOrder) throws(Errno) -> ReservoirPump<SimulatedInput> {
        let memory = try MemoryQueue(
            byteCount: Int(order.buffer?.byteCount ?? 0), unit: order.record?.size ?? 1)
        return ReservoirPump(
            from: 0, to: device, .file, order.record, Reservoir(memory),
            order.buffer.map { Watermarks(start: $0.start, resume: $0.resume) })
    }

    mutating func wait(_ waits: RelayProgress.Waits, until moment: Instant?) throws(Errno) {
        if let life = fate.life {
            fate.life = life - 1
            if life <= 0 { throw .cancelled }
        }
        let step = Instant.Span.milliseconds(Int64(1 + fate.random.below(50)))
        now = max(now, min(moment ?? .distantFuture, now + step))
        kernel.deliver()
    }

    func open() throws(Errno) -> Medium {
        Medium(.tape(try drive.open(isWritten: isWritten)))
    }

    func close() throws(Errno) { drive.close() }
    var tape: TapeState? { drive.state }

    func write(record: [UInt8]) throws(Errno) {
        guard try drive.write(record) == record.count else { throw .noSpace }
    }

    func mark() throws(Errno) { try drive.mark() }
    func rewind() throws(Errno) { drive.rewind() }
    func backUp() throws(Errno) { drive.backUp() }
    func tail(_ byteCount: Int) throws(Errno) -> [UInt8] { throw .invalid }

    func read(into memory: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let bytes = try drive.read(memory.count)
        unsafe memory.copyBytes(from: bytes)
        return bytes.count
    }

    mutating func put(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
        unsafe output += [UInt8](bytes)
        if let outputLife, output.count > outputLife { throw .brokenPipe }
    }

    mutating func beginChange(_ request: VolumeRequest) throws(VolumeError) {
        let span = Instant.Span.milliseconds(Int64(fate.random.below(500)))
        wanted = (request.volume, now + span)
    }

    mutating func endOfChange() -> ChangeEnd? {
        guard let (volume, moment) = wanted, now >= moment else { return nil }
        wanted = nil
        if let changes = fate.changes {
            fate.changes = changes - 1
            if changes <= 0 { return .failed(.exited(3)) }
        }
        load(volume)
        return .done
    }

    func note(_ sentence: String) {}
    func isAsked() -> Bool { false }
    func answer(_ sentence: String) {}
}

/// What comes in, in pieces and with pauses, and goes to the drive; a write takes its time.
struct SimulatedInput: RecordKernel {
    let drive: SimulatedDrive
    private var input: ArraySlice<UInt8>
    private var arrived = 0
    private var random: SeededGenerator
    private var isWriteUnderWay = false
    private var failure: Errno?

    init(_ drive: SimulatedDrive, _ input: [UInt8], _ random: SeededGenerator) {
        self.drive = drive
        self.input = input[...]
        self.random = random
    }

    var left: Int { input.count }

    mutating func deliver() {
        arrived = min(input.count, arrived + random.below(1 << (4 + random.below(16))))
        if random.chance(3) { arrived = input.count }
    }

    mutating func read(
        _ source: Descriptor, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        if input.isEmpty { return 0 }
        let piece = input.prefix(min(arrived, memory.count))
        guard !piece.isEmpty else { throw .wouldBlock }
        unsafe memory.copyBytes(from: piece)
        input = input.dropFirst(piece.count)
        arrived -= piece.count
        return piece.count
    }

    mutating func write(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer, _ manner: WriteManner
    ) throws(Errno) -> Int {
        isWriteUnderWay = !isWriteUnderWay && random.chance(3)
        if isWriteUnderWay { throw .wouldBlock }
        guard case .patient(_, let size?) = manner else {
            return try unsafe drive.write([UInt8](bytes))
        }
        return try write(unsafe [UInt8](bytes), inRecordsOf: size)
    }

    /// One after the other, until one is not written whole; what failed is told by the next call.
    private mutating func write(
        _ bytes: [UInt8], inRecordsOf size: Int
    ) throws(Errno) -> Int {
        if let failure = failure.take() { throw failure }
        var written = 0
        for start in stride(from: 0, to: bytes.count, by: size) {
            do throws(Errno) {
                let count = try drive.write([UInt8](bytes[start..<start + size]))
                written += count
                if count < size { break }
            } catch {
                if written == 0 { throw error }
                failure = error
                break
            }
        }
        return written
    }

    func isReadable(_ source: Descriptor) -> Bool { arrived > 0 || input.isEmpty }
    func isAtUrgentData(_ source: Descriptor) -> Bool { false }
    func hasByte(_ source: Descriptor) -> Bool { false }
    func yield() -> Bool { false }
    func queuedByteCount(_ pipe: Descriptor) -> Int { 0 }
    func makePipe(capacity: Int) -> (reader: Descriptor, writer: Descriptor)? { nil }
    func writeEnd(_ target: Descriptor) {}

    // What a pump of volumes never asks for.

    func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int { throw .invalid }

    func sendFile(
        from file: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int { throw .invalid }

    func read(_ source: Descriptor, into block: inout [UInt8]) throws(Errno) -> Int {
        throw .invalid
    }

    func write(_ target: Descriptor, _ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        throw .invalid
    }
}
