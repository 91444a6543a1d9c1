import LinuxSystem

/// The engine that moves a relay's bytes; where the kernel refuses, another takes over from it.
package struct RelayMachine: ~Copyable {
    /// Four blocks: one filled, one emptied, and one on the way to each.
    static let blockCount = 4
    let blockSize: Int
    /// Small enough to be still in the cache when it is written.
    package static let usualBlockSize = 256 << 10
    static let betweenCapacity = 1 << 20

    /// How long what is in flight may take to end, once it was asked to.
    private static let patience = Instant.Span.seconds(1)

    private(set) var source: CInt
    private(set) var target: CInt
    let direction: RelayDirection
    let kinds: (source: FileKind, target: FileKind)
    /// Where the target's bytes begin, where they have places.
    let place: FilePlace?
    /// What a file that is the source promises.
    package let promised: FileLength?
    private var isCut: Bool?
    /// The same file, also when its number is another's.
    private let original: OwnedDescriptor?
    private let originalNumber: CInt?
    /// Whether bytes of a file leave this host from the file's own pages, and not from what was read.
    package internal(set) var sendsPages = false
    /// The ends whose description is ours alone.
    let ours: [CInt]
    let digest: Digest?
    private var kernel: LinuxKernel
    var pump: Pump<LinuxKernel>?
    var ringPump: RingPump<Ring>?
    var ring: Ring?
    private var feeder: Feeder?
    /// Between two files that are no pipes.
    var between: Pipe?
    package internal(set) var choice: EngineChoice
    package internal(set) var progress = RelayProgress()
    private var settling: (next: Next, until: Instant)?

    /// What follows once nothing is in flight any more.
    private enum Next {
        case anotherEngine(Errno)
        /// Nobody takes the bytes any more, for this reason.
        case nothing(Errno)
    }

    package init(
        from source: CInt, to target: CInt, _ direction: RelayDirection, ours: [CInt],
        _ choice: EngineChoice, digest: Digest? = nil, feeder: Feeder? = nil,
        jobControl: JobControl = .none, blockSize: Int = RelayMachine.usualBlockSize
    ) {
        self.source = source
        self.target = target
        self.direction = direction
        self.ours = ours
        self.digest = digest
        self.choice = feeder?.choice ?? choice
        self.feeder = feeder
        self.blockSize = blockSize
        kinds = (FileKind(of: source) ?? .pipe, FileKind(of: target) ?? .pipe)
        kernel = LinuxKernel(
            writingBy: feeder?.fileWriter, jobControl, writesTerminal: kinds.target == .terminal)
        place = FilePlace(of: target)
        promised = FileLength(of: source)
        var original = promised == nil ? nil : try? OwnedDescriptor.duplicate(of: source)
        originalNumber = original?.number
        self.original = original.take()
        if feeder == nil { start(holding: []) } else { setNonblocking(true) }
    }

    package func watch(_ readiness: inout Readiness) {
        if let ring, ringPump?.isInFlight == true { readiness.watch(ring.number, .reading) }
        if isSettling, let number = feeder?.fileWriter?.number {
            readiness.watch(number, .reading)
        }
        guard progress.isRunning, !isSettling else { return }
        if let feeder { return feeder.watch(&readiness) }
        if progress.waits.contains(.source) { readiness.watch(source, .reading) }
        if progress.waits.contains(.target) { readiness.watch(target, .writing) }
    }

    /// Whether the wait saw anything that lets bytes move.
    package func isDue(_ readiness: Readiness) -> Bool {
        // Asked to end again and again: one that the kernel was just taking up was not found.
        if isSettling { return true }
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
        if isSettling { return settle() }
        if feeder != nil { return advanceFeeder() }
        ringPump?.advance(&ring!)
        pump?.advance(&kernel)
        refresh()
        if case .failed(let error) = progress.target { return settle(before: .nothing(error)) }
        guard let error = progress.refusal.take() else { return }
        settle(before: .anotherEngine(error))
    }

    /// Nobody is at the target any more: what was taken for it stays to be drained, once it has
    /// settled.
    package mutating func targetLeft() {
        guard progress.target == .open else { return }
        settle(before: .nothing(.brokenPipe))
    }

    // MARK: Settling

    /// Whether the kernel is still to end what it was asked for: its files stay open until then.
    package var isSettling: Bool { settling != nil }

    private mutating func settle(before next: Next) {
        settling = (next, .now + RelayMachine.patience)
        if case .nothing(let error) = next { progress.target = .failed(error) }
        settle()
    }

    /// Never waits: a disk may take seconds, while others wait in the poll loop.
    private mutating func settle() {
        guard let (next, until) = settling, hasSettled() || Instant.now >= until else { return }
        settling = nil
        let held = surrender()
        switch next {
        case .nothing(let error):
            left += held
            progress.target = .failed(error)
        case .anotherEngine(let error):
            choice = choice.fallback(error)
            start(holding: held)
            advance()
        }
    }

    private mutating func hasSettled() -> Bool {
        // What a feeder has stays where it is: there may be gigabytes of it.
        if let feeder { return feeder.settle(&kernel) }
        return ringPump?.settle(&ring!) ?? true
    }

    /// The numbers of its files may soon be those of others.
    package mutating func retire() {
        (source, target) = (-1, -1)
        feeder?.retire()
        leaveEngine()
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

    /// Whether the file was cut below what was sent from its pages: the kernel zeroes them, and what
    /// arrived may be those zeros.
    package var hasLostPages: Bool {
        guard sendsPages, let promised, let originalNumber else { return false }
        return promised.hasLost(takenByteCount, in: originalNumber)
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
    package func takeShortage() -> BufferShortage? { feeder?.takeShortage() }
    package var deadline: Instant? {
        if isSettling { return .now + .milliseconds(10) }
        return progress.isRunning ? feeder?.deadline : nil
    }

    private mutating func advanceFeeder() {
        guard let feeder, progress.isRunning else { return }
        feeder.advance(&kernel, .now)
        progress = feeder.progress
        choice = feeder.choice
    }

    mutating func refresh() {
        if let now = pump?.progress ?? ringPump?.progress { progress = now }
        guard progress.source == .ended, let promised else { return }
        // Asked at once: the file may be another's number when we have let go of it.
        let isCut = isCut ?? promised.isShort(of: takenByteCount, in: source)
        self.isCut = isCut
        if isCut { progress.source = .failed(.misplaced) }
    }

    private mutating func surrender() -> [UInt8] {
        if let feeder {
            feeder.leave()
            progress = feeder.progress
            return []
        }
        let held = ringPump?.surrender(&ring!, &kernel) ?? pump?.surrender(&kernel) ?? []
        refresh()
        leaveEngine()
        return held
    }

    private mutating func leaveEngine() {
        pump = nil
        ringPump = nil
        ring = nil
        between = nil
    }
}
