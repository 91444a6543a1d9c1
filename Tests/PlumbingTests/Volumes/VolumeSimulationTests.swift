import Glibc
import LinuxSystem
import Plumbing
import Relaying
import Testing
import Volumes

/// Streams over tapes of random size, with pauses, wrong tapes, failures and kills: what is read back
/// is what was written, or both tell that it is not.
@Suite struct VolumeSimulationTests {
    @Test func `a thousand streams come back, or are told to be incomplete`() throws {
        var tally = Tally()
        for seed in 0..<1000 {
            let run = SimulatedSet(seed: UInt64(seed))
            try run.go(&tally)
        }
        // The simulation would prove nothing that never got so far.
        #expect(tally.whole > 400, "\(tally)")
        #expect(tally.overSeveral > 300, "\(tally)")
        #expect(tally.failed > 100, "\(tally)")
        #expect(tally.cutBack > 30, "\(tally)")
    }

    struct Tally {
        var whole = 0
        var overSeveral = 0
        var failed = 0
        var cutBack = 0
    }
}

/// One set: written, and read back.
private struct SimulatedSet {
    private let seed: UInt64
    private let order: VolumeOrder
    private let data: [UInt8]
    private let blockSize: Int?
    private let random: SeededGenerator

    init(seed: UInt64) {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        let record = 512 << random.below(1 + random.below(12))
        var order = VolumeOrder(.to, Path("/dev/nst0"))
        order.record = record
        order.label = random.chance(2) ? "home" : nil
        order.hasHash = true
        order.changer = [Word("mtx")]
        blockSize = random.chance(3) ? max(512, record >> random.below(4)) : nil
        order.isPadded = blockSize != nil || random.chance(5)
        let buffer = Int64(record * (2 + random.below(20)))
        order.buffer = BufferOrder(
            byteCount: buffer, start: random.below(101), resume: random.below(101))
        let most = min(20 * record, 50_000 + 3 * record)
        let words = (0...random.below(most) / 8).map { _ in random.next() }
        data = unsafe words.withUnsafeBytes { unsafe [UInt8]($0) }.dropLast(random.below(8))
        self.order = order
        self.random = random
    }

    func go(_ tally: inout VolumeSimulationTests.Tally) throws {
        var fate = fate()
        let (result, world) = write(fate)
        let tapes = world.used
        // No expectation may print them.
        let content = contents(tapes)
        let told = result.volumes.reduce(0) { $0 + $1.bytes }
        #expect(told == content.count, "seed \(seed): \(result.outcome.sentence)")
        #expect(Bool(isBeginning(content)), "seed \(seed)")
        guard result.outcome.isSuccess else {
            tally.failed += 1
            #expect(!result.outcome.sentence.isEmpty && result.outcome.ending.status != 0)
            let left = data.count - world.kernel.left - content.count
            if result.volumes.count > 0 {
                #expect(result.unwritten == max(0, left), "seed \(seed)")
            }
            return try readBroken(tapes, &fate, content)
        }
        #expect(content.count >= data.count, "seed \(seed)")
        #expect(content.count == data.count || order.isPadded, "seed \(seed)")
        tally.whole += 1
        if tapes.count > 1 { tally.overSeveral += 1 }
        try readBack(tapes, result, content, &tally)
    }

    private func fate() -> SimulatedVolumes.Fate {
        var random = random
        return SimulatedVolumes.Fate(
            random: random, life: random.chance(8) ? random.below(60) : nil,
            wrongOnes: random.chance(3) ? 2 + random.below(4) : nil,
            changes: random.chance(6) ? random.below(4) : nil)
    }

    private func drive() -> SimulatedDrive {
        SimulatedDrive(blockSize: blockSize, largestBlock: 1 << 20)
    }

    private func write(_ fate: SimulatedVolumes.Fate) -> (VolumeResult, SimulatedVolumes) {
        let record = order.record ?? 0
        let drive = drive()
        var random = random
        if random.chance(10) { drive.life = random.below(40) }
        let world = SimulatedVolumes(drive, data, fate, shelf: []) { random in
            SimulatedTape(
                capacity: record * (3 + random.below(12)) + random.below(record),
                warning: random.below(2 * record))
        }
        var writer = VolumeWriter(order, world)
        let result = writer.run()
        return (result, writer.sequence.world)
    }

    private func read(
        _ tapes: [SimulatedTape], _ fate: SimulatedVolumes.Fate, outputLife: Int? = nil,
        _ edit: (inout VolumeOrder) -> Void = { _ in }
    ) throws -> (VolumeResult, [UInt8]) {
        var back = VolumeOrder(.from, order.device)
        back.label = order.label
        back.changer = order.changer
        back.hasHash = true
        if order.label == nil { back.volumes = 1...tapes.count }
        edit(&back)
        let drive = drive()
        var world = SimulatedVolumes(drive, [], fate, shelf: tapes) { _ in
            SimulatedTape(capacity: 1 << 20, warning: 0)
        }
        world.outputLife = outputLife
        var reader = try VolumeReader(back, world)
        let result = reader.run()
        return (result, reader.sequence.world.output)
    }

    private func contents(_ tapes: [SimulatedTape]) -> [UInt8] {
        let label = order.label == nil ? 0 : order.record ?? 0
        return tapes.reduce(into: []) { $0 += $1.content(behind: label) }
    }

    /// Whether the stream begins so; only zeros may follow it.
    private func isBeginning(_ content: [UInt8]) -> Bool {
        let padding = [UInt8](repeating: 0, count: max(0, content.count - data.count))
        return begins(data + padding, with: content)
    }

    /// As `starts(with:)`, which takes its time in a debug build.
    private func begins(_ all: [UInt8], with beginning: [UInt8]) -> Bool {
        guard beginning.count <= all.count else { return false }
        return unsafe all.withUnsafeBytes { left in
            unsafe beginning.withUnsafeBytes { right in
                unsafe right.isEmpty
                    || memcmp(left.baseAddress!, right.baseAddress!, right.count) == 0
            }
        }
    }

    private func readBack(
        _ tapes: [SimulatedTape], _ written: VolumeResult, _ content: [UInt8],
        _ tally: inout VolumeSimulationTests.Tally
    ) throws {
        // Labels tell wrong tapes; without them a drive that holds none is all that can be seen.
        var fate = SimulatedVolumes.Fate(random: SeededGenerator(seed: seed &+ 7))
        if order.label != nil, fate.random.chance(2) { fate.wrongOnes = 3 }
        let (result, output) = try read(tapes, fate)
        #expect(result.outcome.isSuccess, "seed \(seed): \(result.outcome.sentence)")
        #expect(
            Bool(output.count == content.count && begins(content, with: output)), "seed \(seed)")
        let (verified, nothing) = try read(tapes, fate) {
            $0.direction = .verify
            $0.expected = written.volumes
            $0.volumes = 1...tapes.count
        }
        #expect(verified.outcome.isSuccess, "seed \(seed): \(verified.outcome.sentence)")
        #expect(nothing.count == 0)
        try readCut(tapes, written, content, &tally)
    }

    /// The changer fails, a tape is damaged, or the reader of the output leaves.
    private func readCut(
        _ tapes: [SimulatedTape], _ written: VolumeResult, _ content: [UInt8],
        _ tally: inout VolumeSimulationTests.Tally
    ) throws {
        var random = SeededGenerator(seed: seed &+ 9)
        var fate = SimulatedVolumes.Fate(random: random)
        var outputLife: Int?
        switch random.below(3) {
        case 0 where tapes.count > 1: fate.changes = random.below(tapes.count - 1)
        case 1: outputLife = random.below(content.count)
        default:
            let tape = tapes[random.below(tapes.count)]
            let last = tape.items.firstIndex(of: .mark).map { $0 - 1 } ?? -1
            guard !contents([tape]).isEmpty, case .record(var bytes) = tape.items[last] else {
                return
            }
            bytes[random.below(bytes.count)] ^= 1
            tape.items[last] = .record(bytes)
            let (verified, _) = try read(tapes, fate) {
                $0.direction = .verify
                $0.expected = written.volumes
                $0.volumes = 1...tapes.count
            }
            tally.cutBack += 1
            #expect(verified.outcome.ending.status == OwnStatus.incomplete, "seed \(seed)")
            return
        }
        tally.cutBack += 1
        let (result, output) = try read(tapes, fate, outputLife: outputLife)
        #expect(!result.outcome.isSuccess, "seed \(seed)")
        #expect(Bool(begins(content, with: output)), "seed \(seed)")
    }

    /// A set whose writer failed is never read as a whole one, if its volumes have labels.
    private func readBroken(
        _ tapes: [SimulatedTape], _ fate: inout SimulatedVolumes.Fate, _ content: [UInt8]
    ) throws {
        guard !content.isEmpty else { return }
        let (result, output) = try read(
            tapes, SimulatedVolumes.Fate(random: fate.random, changes: 30)
        ) { _ in }
        #expect(Bool(begins(content, with: output)), "seed \(seed)")
        if order.label == nil {
            #expect(
                Bool(output.count == content.count && begins(content, with: output))
                    || !result.outcome.isSuccess, "seed \(seed)")
        } else {
            let isWhole = content.count >= data.count && result.outcome.isSuccess
            #expect(
                !result.outcome.isSuccess || isWhole, "seed \(seed): \(result.outcome.sentence)")
        }
    }
}
