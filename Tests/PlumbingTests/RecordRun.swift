import LinuxSystem

@testable import Plumbing
@testable import Relaying

/// A stream in pieces of all sizes, through a feeder's pump, to a reader of records.
struct RecordRun {
    enum Way: CaseIterable {
        /// Without and with a buffer, through pipes and then memory, or memory alone.
        case splice, copy, splicedBuffer, copiedBuffer
        /// As the spliced buffer, without records.
        case stream

        static let ofRecords = [splice, copy, splicedBuffer, copiedBuffer]

        var hasPipes: Bool { self != .copy && self != .copiedBuffer }
        var hasWatermarks: Bool { self != .copy && self != .splice }
    }

    let record: Int
    let isPadded: Bool
    private(set) var sent: [UInt8] = []
    private(set) var reads: [[UInt8]] = []
    private(set) var facts: FeedFacts.Records?
    private(set) var watermarks: Watermarks?
    private var random: SeededGenerator
    private var kernel: RecordScene
    private var pump: ReservoirPump<RecordScene>
    private var now = Instant(nanoseconds: 0)
    /// One in so many chances is taken, of the socket and of the reader.
    private let pauses: (source: Int, reader: Int)

    init(seed: UInt64, _ way: Way) throws(Errno) {
        random = SeededGenerator(seed: seed)
        let sizes = [
            512, 1000, 4096, 5120, 8704, 10_240, 27_998, 32_768, 65_537, 131_072, 262_144, 1 << 20,
        ]
        record = sizes.randomElement(using: &random)!
        isPadded = random.chance(3)
        let capacity =
            max(1 << 16, RecordRun.powerOfTwo(above: record)) << [0, 0, 2].randomElement(
                using: &random)!
        let pieces = RecordRun.pieces(of: record, &random)
        for piece in pieces { sent += piece }
        kernel = RecordScene(
            pieces, capacity: capacity, most: [0, 1, 3, 100].randomElement(using: &random)!,
            urgency: random.chance(3) ? [1, 2, 7].randomElement(using: &random)! : nil,
            refusing: RecordRun.refusing(&random))
        pauses = (
            [1, 2, 20].randomElement(using: &random)!, [1, 2, 20].randomElement(using: &random)!
        )
        let marks =
            random.chance(2)
            ? Watermarks(start: 80, resume: 50) : Watermarks(start: 0, resume: 0)
        pump = ReservoirPump(
            from: RecordScene.source, to: RecordScene.target, .pipe(capacity: capacity),
            way == .stream ? nil : RecordOrder(size: record, isPadded: isPadded),
            Reservoir(
                try MemoryQueue(byteCount: 4 << 20, unit: record),
                after: way.hasPipes ? PipePool(pipeCapacity: capacity, limit: 256) : nil),
            way.hasWatermarks ? marks : nil)
    }

    /// Some runs in a sandbox that does not splice, from the start or, as no kernel does, later.
    private static func refusing(
        _ random: inout SeededGenerator
    ) -> (in: Int, out: Int, Errno)? {
        guard random.chance(4) else { return nil }
        let words: [Errno] = [.invalid, .notImplemented, .notPermitted, .notSupported]
        let limits = [0, 0, 1, 3, 20]
        return (
            limits.randomElement(using: &random)!, limits.randomElement(using: &random)!,
            words.randomElement(using: &random)!
        )
    }

    /// Runs to the end of the stream.
    ///
    /// - Returns: Whether it came: a pump that waits for nothing that can happen never does.
    mutating func run() -> Bool {
        for _ in 0..<200_000 {
            if progress.hasDelivered, kernel.reader.byteCount == 0 {
                facts = pump.counts?.facts
                watermarks = pump.watermarks
                return true
            }
            step()
        }
        return false
    }

    private var progress: RelayProgress { pump.progress }

    private mutating func step() {
        if isDue { pump.advance(&kernel, now) }
        if random.chance(pauses.source) { kernel.deliver(Int.random(in: 1...8, using: &random)) }
        if random.chance(pauses.reader), kernel.reader.byteCount > 0 {
            reads.append(kernel.reader.read(record))
        }
        now = now + Instant.Span(nanoseconds: Int64.random(in: 0...5_000_000, using: &random))
    }

    private var isDue: Bool {
        guard progress.isRunning else { return false }
        if let deadline = pump.deadline, deadline <= now { return true }
        return (pump.polls.contains(.source) && kernel.isReadable)
            || (pump.polls.contains(.target) && kernel.reader.freeSlots > 0) || now.nanoseconds == 0
    }

    /// Some records and a rest, in at most some thousand pieces of 1 byte to 1 MiB.
    private static func pieces(
        of record: Int, _ random: inout SeededGenerator
    ) -> [[UInt8]] {
        var left = record * Int.random(in: 0...(record > 1 << 17 ? 4 : 20), using: &random)
        if !random.chance(4) { left += Int.random(in: 0..<record, using: &random) }
        var pieces: [[UInt8]] = []
        let most = [1, 7, 600, 1448, 5000, 70_000, 1 << 20].randomElement(using: &random)!
        while left > 0 {
            // Tiny pieces make a beginning; a whole stream of them would take for ever.
            let limit = pieces.count < 2000 ? most : 1 << 20
            let count = min(left, Int.random(in: 1...limit, using: &random))
            let first = UInt8.random(in: 1...255, using: &random)
            pieces.append([UInt8](repeating: first, count: count))
            left -= count
        }
        return pieces
    }

    private static func powerOfTwo(above count: Int) -> Int {
        var power = 4096
        while power < count { power *= 2 }
        return power
    }
}
