import LinuxSystem

/// The engine that moves a relay's bytes; where the kernel refuses, another takes over from it.
package struct RelayMachine: ~Copyable {
    /// Four blocks: one filled, one emptied, and one on the way to each.
    private static let blockCount = 4
    private let blockSize: Int
    /// Small enough to be still in the cache when it is written.
    package static let usualBlockSize = 256 << 10
    private static let betweenCapacity = 1 << 20

    private let source: CInt
    private let target: CInt
    private let direction: RelayDirection
    private let kinds: (source: FileKind, target: FileKind)
    /// Where the target's bytes begin, where they have places.
    private let place: FilePlace?
    /// What a file that is the source promises.
    package let promised: FileLength?
    private var isCut: Bool?
    /// The ends whose description is ours alone.
    private let ours: [CInt]
    private let checksum: Checksum?
    private var kernel: LinuxKernel
    private var pump: Pump<LinuxKernel>?
    private var ringPump: RingPump<Ring>?
    private var ring: Ring?
    private var feeder: Feeder?
    /// Between two files that are no pipes.
    private var between: Pipe?
    package private(set) var choice: EngineChoice
    package private(set) var progress = RelayProgress()

    package init(
        from source: CInt, to target: CInt, _ direction: RelayDirection, ours: [CInt],
        _ choice: EngineChoice, checksum: Checksum?, feeder: Feeder? = nil,
        jobControl: JobControl = .none, blockSize: Int = RelayMachine.usualBlockSize
    ) {
        self.source = source
        self.target = target
        self.direction = direction
        self.ours = ours
        self.checksum = checksum
        self.choice = feeder?.choice ?? choice
        self.feeder = feeder
        self.blockSize = blockSize
        kinds = (FileKind(of: source) ?? .pipe, FileKind(of: target) ?? .pipe)
        kernel = LinuxKernel(
            writingBy: feeder?.fileWriter, jobControl, writesTerminal: kinds.target == .terminal)
        place = FilePlace(of: target)
        promised = FileLength(of: source)
        if feeder == nil { start(holding: []) } else { setNonblocking(true) }
    }

    package func watch(_ readiness: inout Readiness) {
        if let ring, ringPump?.isInFlight == true { readiness.watch(ring.number, .reading) }
        guard progress.isRunning else { return }
        if let feeder { return feeder.watch(&readiness) }
        if progress.waits.contains(.source) { readiness.watch(source, .reading) }
        if progress.waits.contains(.target) { readiness.watch(target, .writing) }
    }

    /// Whether the wait saw anything that lets bytes move.
    package func isDue(_ readiness: Readiness) -> Bool {
        if let feeder { return progress.isRunning && feeder.isDue(readiness, .now) }
        if let ring, ringPump?.isInFlight == true, readiness[ring.number].isReady { return true }
        return progress.isRunning
            && ((progress.waits.contains(.source) && readiness[source].isReady)
                || (progress.waits.contains(.target) && readiness[target].isReady)
                || progress.waits.isEmpty && ringPump?.isInFlight != true)
    }

    /// Which end everything waits for.
    package var awaited: RelayProgress.Waits { ringPump?.awaited ?? progress.waits }

    /// Moves what can be moved now.
    package mutating func advance() {
        if feeder != nil { return advanceFeeder() }
        ringPump?.advance(&ring!)
        pump?.advance(&kernel)
        refresh()
        if progress.target != .open { left += surrender() }
        guard let error = progress.refusal else { return }
        choice = choice.fallback(error)
        start(holding: surrender())
        advance()
    }

    /// Nobody is at the target any more: what was taken for it stays to be drained.
    package mutating func targetLeft() {
        guard progress.target == .open else { return }
        // What a feeder has stays where it is: there may be gigabytes of it.
        if let feeder { feeder.stop() } else { left += surrender() }
        progress.target = .failed(.brokenPipe)
    }

    /// The target cannot be brought to its end.
    package mutating func targetFailed(_ error: Errno) {
        progress.target = .failed(error)
    }

    /// What was taken from the source and given to nobody.
    package private(set) var left: [UInt8] = []

    package mutating func drain(byteCount: Int) -> [UInt8] {
        if let feeder {
            let bytes = feeder.drain(byteCount: byteCount, &kernel)
            progress.held -= bytes.count
            drained += Int64(bytes.count)
            return bytes
        }
        let bytes = [UInt8](left.prefix(byteCount))
        left.removeFirst(bytes.count)
        drained += Int64(bytes.count)
        return bytes
    }

    private var drained: Int64 = 0

    /// How many bytes it has taken from the source, wherever they are now.
    package var takenByteCount: Int64 {
        // What fills a record up came from nowhere.
        let padded = feeder?.facts.records?.padded ?? 0
        return progress.given + Int64(progress.held + left.count) + drained - padded
    }

    /// Asks a source whose target is gone whether anything was left to come.
    ///
    /// - Returns: `nil` while neither a byte nor the end has come.
    package mutating func hasSurplus() -> Bool? {
        var byte: [UInt8] = [0]
        do throws(Errno) {
            let count = try kernel.read(source, into: &byte)
            left += byte.prefix(count)
            if count == 0 { progress.source = .ended }
        } catch .wouldBlock {
            return nil
        } catch {
            progress.source = .failed(error)
        }
        return progress.source != .ended
    }

    package mutating func endSource() {
        progress.source = .ended
    }

    /// Checks that the target bears out what was counted.
    ///
    /// - Throws: `misplaced` where it does not.
    package func confirm() throws(Errno) { try place?.confirm(progress.given, in: target) }

    package var feeding: FeedFacts? { feeder?.facts }
    package func takeWarning() -> String? { feeder?.takeWarning() }
    package var deadline: Instant? { progress.isRunning ? feeder?.deadline : nil }

    private mutating func advanceFeeder() {
        guard let feeder, progress.isRunning else { return }
        feeder.advance(&kernel, .now)
        progress = feeder.progress
        choice = feeder.choice
    }

    private mutating func refresh() {
        if let now = pump?.progress ?? ringPump?.progress { progress = now }
        guard progress.source == .ended, let promised else { return }
        // Asked at once: the file may be another's number when we have let go of it.
        let isCut = isCut ?? promised.isShort(of: takenByteCount, in: source)
        self.isCut = isCut
        if isCut { progress.source = .failed(.misplaced) }
    }

    private mutating func surrender() -> [UInt8] {
        let held = ringPump?.surrender(&ring!, &kernel) ?? pump?.surrender(&kernel) ?? []
        refresh()
        pump = nil
        ringPump = nil
        ring = nil
        between = nil
        return held
    }
}

extension RelayMachine {
    private mutating func start(holding held: [UInt8]) {
        precondition(held.isEmpty || choice.engine == .copy)
        switch choice.engine {
        case .ring where kinds.target.hasPlaces && place == nil:
            choice = EngineChoice(.copy, because: "the file does not tell its position")
            startPump(.copy, held)
        case .ring: startRing(.blocks(count: Self.blockCount, size: blockSize))
        case .ringSplice: startRingSplices()
        case .splice: startPump(spliceShape(), held)
        case .copy: startPump(.copy, held)
        }
    }

    private mutating func startPump(_ shape: Pump<LinuxKernel>.Shape?, _ held: [UInt8]) {
        setNonblocking(true)
        pump = Pump(
            from: source, to: target, shape ?? .copy, direction, checksum: checksum,
            after: progress, holding: held, blockSize: blockSize)
        refresh()
    }

    /// How to splice between the two; `nil` when there is no pipe to be had.
    private mutating func spliceShape() -> Pump<LinuxKernel>.Shape? {
        if kinds.source == .pipe || kinds.target == .pipe { return .direct }
        if kinds.source == .regular { return .sendFile }
        return makeBetween().map { .through(reader: $0.reader, writer: $0.writer) }
    }

    private mutating func makeBetween() -> (reader: CInt, writer: CInt)? {
        guard let pipe = try? Pipe(capacity: Self.betweenCapacity) else { return nil }
        let numbers = (pipe.reader.number, pipe.writer.number)
        between = consume pipe
        return numbers
    }

    private mutating func startRing(_ shape: RingPump<Ring>.Shape) {
        var (count, size) = (0, 0)
        if case .blocks(let blockCount, let blockSize) = shape {
            (count, size) = (blockCount, blockSize)
        }
        do throws(Errno) {
            ring = try Ring(entries: 8, blockCount: count, blockSize: size)
            // Reads and writes wait in the ring, splices must not (KERNEL H1).
            setNonblocking(count == 0)
            ringPump = RingPump(
                from: source, to: target, shape, readingAt: readingPlace,
                needsClaims: place?.isPosition == true)
            refresh()
        } catch {
            choice = choice.withoutRing(error)
            start(holding: [])
        }
    }

    private var readingPlace: Int64? {
        switch kinds.source {
        case .regular, .blockDevice: Descriptor.position(of: source)
        default: nil
        }
    }

    private mutating func startRingSplices() {
        guard let (reader, writer) = makeBetween() else { return startPump(.copy, []) }
        startRing(.splices(reader: reader, writer: writer))
    }

    private func setNonblocking(_ nonblocking: Bool) {
        for number in ours { try? Descriptor.setNonblocking(number, nonblocking) }
    }
}
