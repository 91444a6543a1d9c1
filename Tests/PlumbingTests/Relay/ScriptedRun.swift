import LinuxSystem
import Plumbing
import Relaying

/// One engine at work in one case, driven as a poll loop would.
struct ScriptedRun {
    enum Engine: CaseIterable {
        case direct, sendFile, through, copy, sealed, ringBlocks, ringSplices
    }

    private let script: ScriptedCase
    private let world: ScriptedWorld
    private let owesEnd: Bool
    private var kernel: ScriptedKernel
    private var pump: Pump<ScriptedKernel>?
    private var ring: ScriptedRing
    private var ringPump: RingPump<ScriptedRing>?
    private(set) var progress = RelayProgress()
    /// What was taken and given to nobody.
    private var left: [UInt8] = []
    /// What went wrong; `nil` when nothing did.
    private(set) var complaint: String?
    private(set) var hasFallenBack = false

    init(_ engine: Engine, _ script: ScriptedCase) {
        self.script = script
        owesEnd = engine == .sealed
        world = ScriptedWorld(script, sourceIsFile: engine == .sendFile)
        kernel = ScriptedKernel(world: world)
        let (count, size) = (3, 20)
        ring = ScriptedRing(world, blockCount: count, blockSize: size)
        let (source, target) = (ScriptedWorld.source, ScriptedWorld.target)
        let (reader, writer) = (ScriptedWorld.reader, ScriptedWorld.writer)
        switch engine {
        case .direct: pump = Pump(from: source, to: target, .direct, script.direction)
        case .sendFile: pump = Pump(from: source, to: target, .sendFile, script.direction)
        case .copy: pump = Pump(from: source, to: target, .copy, script.direction)
        case .sealed:
            var progress = RelayProgress()
            progress.owesEnd = true
            pump = Pump(from: source, to: target, .copy, script.direction, after: progress)
        case .through:
            let shape = Pump<ScriptedKernel>.Shape.through(reader: reader, writer: writer)
            pump = Pump(from: source, to: target, shape, script.direction)
        case .ringBlocks:
            ringPump = RingPump(from: source, to: target, .blocks(count: count, size: size))
        case .ringSplices:
            ringPump = RingPump(
                from: source, to: target, .splices(reader: reader, writer: writer))
        }
    }

    /// Runs to the end.
    ///
    /// - Returns: How it came out.
    mutating func run() -> ScriptedEnding {
        advance()
        while progress.isRunning, complaint == nil {
            if wait() { advance() } else { complain("waits for what never comes") }
        }
        if progress.target != .open { left += surrender() }
        letTheReaderFinish()
        check()
        let source = progress.target == .open ? progress.source : nil
        return ScriptedEnding(
            source: source, target: progress.target, read: [UInt8](script.content[..<world.read]))
    }

    private mutating func complain(_ words: String) {
        complaint = complaint ?? "\(words): \(progress)"
    }

    private mutating func advance() {
        ringPump?.advance(&ring)
        pump?.advance(&kernel, gathers: world.random.below(2) == 0)
        progress = pump?.progress ?? ringPump!.progress
        if progress.refusal != nil { return fallBack() }
        let isInFlight = ringPump?.isInFlight == true
        if progress.isRunning, progress.waits.isEmpty, !isInFlight { complain("waits for nothing") }
        // Every call either comes to something or is the answer to something that happened.
        let reasons = world.moveCount + world.eventCount
        if world.callCount > 12 * reasons + 40 { complain("asks too often") }
    }

    private mutating func fallBack() {
        hasFallenBack = true
        let held = surrender()
        pump = Pump(
            from: ScriptedWorld.source, to: ScriptedWorld.target, .copy, script.direction,
            after: progress, holding: held)
        ringPump = nil
        advance()
    }

    private mutating func surrender() -> [UInt8] {
        settle()
        let bytes = ringPump?.surrender(&ring, &kernel) ?? pump!.surrender(&kernel)
        progress = pump?.progress ?? ringPump!.progress
        if ringPump != nil, ring.isBusy, !ring.hasFailed { complain("leaves the kernel at work") }
        return bytes
    }

    /// Turns the loop until nothing is in flight; a ring that takes nothing any more never is.
    private mutating func settle() {
        for _ in 0..<200 {
            if ringPump?.settle(&ring) ?? true { return }
            ring.work()
        }
    }

    /// - Returns: Whether an end that it waits for became ready, or the ring ended something.
    private mutating func wait() -> Bool {
        for _ in 0..<2_000 {
            if progress.waits.contains(.source), world.isReadable { return true }
            if progress.waits.contains(.target), world.isWritable { return true }
            if ringPump?.isInFlight == true {
                ring.work()
                if ring.hasEndings { return true }
            }
            if world.isStill, !ring.isBusy { return false }
            world.tick()
        }
        return false
    }

    private mutating func letTheReaderFinish() {
        var patience = 20_000
        while !world.hasLeft, world.read < world.given, patience > 0 {
            patience -= 1
            world.tick()
        }
    }

    /// Nothing was lost, doubled or changed, and no end had two operations in flight.
    private mutating func check() {
        if !world.hasDelivered { complain("gave other bytes than it took") }
        if progress.given != world.given { complain("counts \(world.given) given bytes") }
        if progress.held != left.count { complain("holds what it does not have") }
        if left != [UInt8](script.content[world.given..<world.taken]) { complain("lost \(left)") }
        let hasEnd = owesEnd && progress.target == .open && progress.source == .ended
        if world.endCount != (hasEnd ? 1 : 0) { complain("wrote \(world.endCount) ends") }
        if ring.hasOverlapped { complain("has two of a kind in flight") }
    }
}
