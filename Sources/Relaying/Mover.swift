import LinuxSystem

/// Moves bytes from one descriptor to another by one engine; where the kernel refuses, another takes
/// over from it.
package struct Mover: ~Copyable {
    /// Small enough to be still in the cache when it is written.
    package static let usualBlockSize = 256 << 10

    /// How long what is in flight may take to end, once it was asked to.
    private static let patience = Instant.Span.seconds(1)

    var source: Descriptor
    var target: Descriptor
    let kinds: (source: FileKind, target: FileKind)
    let direction: RelayDirection
    /// Of which of the two the description is ours alone.
    let owns: (source: Bool, target: Bool)
    /// Whether those do not wait, as the engine needs them.
    var isNonblocking = false
    /// What one read takes.
    let blockSize: Int
    let digest: Digest?
    /// Where the target's bytes begin, where they have places.
    let place: FilePlace?
    let file: PromisedFile?
    /// The bytes that a file had for us when it began to be read.
    package let promised: Int64?
    var engine = Engine.none(Engine.Box(Engine.Rest()))
    /// The engine that was chosen, as far as the kernel has not refused it.
    var chosen: EngineChoice
    var kernel: LinuxKernel
    private var shortage: ShortageWatch?
    /// Whether bytes of a file leave this host from the file's own pages, and not from what was read.
    package internal(set) var sendsPages = false
    var gathering = Gathering(.now)
    private var settling: (next: Next, until: Instant)?
    /// What is kept of that which was given to a connection, where another one may follow it.
    package let keeper: Keeper?
    /// Whether another connection may follow the one that is read.
    package internal(set) var goesOn: Bool
    /// The connections that follow the one that is read.
    var later: [LaterSource] = []
    /// Whether the connection that it writes to is lost, until it gets another one.
    package var isPaused = false
    /// Bytes that were taken out again, or read from the source by another.
    var drained: Int64 = 0

    /// What follows once nothing is in flight any more.
    private enum Next {
        case anotherEngine(Errno)
        /// Nobody takes the bytes any more, for this reason.
        case nothing(Errno)
    }

    /// - Parameters:
    ///   - direction: Which of the two is a connection.
    ///   - ours: Those of the two whose description nobody shares: they are made to wait or not, as
    ///     the engine needs them.
    ///   - choice: How to move where nobody is to be fed.
    ///   - digest: Is shown every byte that comes; only a copy can show it.
    ///   - feeding: What stands before a reader, made for the same two.
    ///   - carrier: How the bytes stand on the connection; sealed ones can only be copied.
    ///   - jobControl: What a terminal may do to us.
    ///   - keeper: Keeps what may have to go into another connection.
    ///   - goesOn: Whether another connection may follow the source: its end is then not told.
    ///   - blockSize: What one read takes, in bytes: at least a record of a tape that is read.
    package init(
        from source: Descriptor, to target: Descriptor, _ direction: RelayDirection,
        ours: [Descriptor],
        _ choice: EngineChoice, digest: Digest? = nil, feeding: Feeding? = nil,
        carrier: Carrier = .plain, jobControl: JobControl = .none,
        keeping keeper: Keeper? = nil, goesOn: Bool = false,
        blockSize: Int = Mover.usualBlockSize
    ) {
        precondition(feeding == nil || direction == .fromConnection)
        precondition(feeding != nil || !carrier.isSealed || choice.engine == .copy)
        precondition(keeper == nil || direction == .toConnection)
        precondition(!goesOn || direction == .fromConnection)
        self.source = source
        self.target = target
        self.direction = direction
        self.keeper = keeper
        self.goesOn = goesOn
        owns = (ours.contains(source), ours.contains(target))
        self.digest = digest
        self.blockSize = blockSize
        kinds = (FileKind(of: source) ?? .pipe, FileKind(of: target) ?? .pipe)
        place = FilePlace(of: target)
        var file = PromisedFile(source)
        promised = file?.byteCount
        self.file = file.take()
        chosen = feeding?.choice ?? choice
        shortage = feeding?.shortage
        kernel = LinuxKernel(
            writingBy: feeding?.fileWriter, jobControl, writesTerminal: kinds.target == .terminal,
            carrier: carrier)
        if let pump = feeding?.pump {
            if goesOn { pump.value.holdEnd() }
            engine = .reservoir(pump)
            setNonblocking(true)
        } else {
            start()
        }
    }

    // MARK: How far it has come

    /// How far it has come.
    package internal(set) var progress: RelayProgress {
        get { engine.progress }
        set { engine.progress = newValue }
    }

    /// The engine that moves the bytes now, and why it is not a faster one.
    package var choice: EngineChoice {
        @inline(never) get {
            if let refusal = kernel.fileWriter?.refusal { return chosen.fallback(refusal) }
            guard chosen.engine == .splice, engine.reservoir?.value.store.hasPipes == false else {
                return chosen
            }
            return EngineChoice(.copy, because: "there are no pipes to splice through")
        }
    }

    /// Whether the file was cut below what was sent from its pages: the kernel zeroes them, and what
    /// arrived may be those zeros.
    package var hasLostPages: Bool { sendsPages && file?.hasLost(takenByteCount) == true }

    /// How a reader is fed, where one is.
    package var feeding: FeedFacts? { engine.reservoir?.value.facts }

    /// Tells, once and again when it has got smaller, that a buffer is not as large as was wanted.
    package mutating func takeShortage() -> BufferShortage? {
        guard let capacity = engine.reservoir?.value.store.capacity else { return nil }
        return shortage?.take(capacity)
    }

    // MARK: Moving

    /// Watches what must happen before bytes can move.
    package func watch(_ readiness: inout Readiness) {
        if isPaused { return }
        let (ends, inFlight) = engine.waits(kernel.fileWriter)
        if let inFlight { readiness.watch(inFlight, .reading) }
        guard progress.isRunning, !isSettling else { return }
        if ends.contains(.source), gathering.until == nil { readiness.watch(source, .reading) }
        if ends.contains(.target) { readiness.watch(target, .writing) }
    }

    /// Whether the wait saw anything that lets bytes move.
    package func isDue(_ readiness: Readiness) -> Bool {
        // Asked to end again and again: one that the kernel was just taking up was not found.
        if isSettling { return true }
        if isPaused { return false }
        let (ends, inFlight) = engine.waits(kernel.fileWriter)
        if let inFlight, readiness[inFlight].isReady { return true }
        guard progress.isRunning else { return false }
        if let until = gathering.until { return until <= .now }
        if ends.contains(.source), readiness[source].isReady { return true }
        if ends.contains(.target), readiness[target].isReady { return true }
        if let deadline { return deadline <= .now }
        return ends.isEmpty && inFlight == nil
    }

    /// When to move again even if nothing is seen.
    package var deadline: Instant? {
        @inline(never) get {
            if isSettling { return .now + .milliseconds(10) }
            return !progress.isRunning || isPaused ? nil : gathering.until ?? engine.deadline
        }
    }

    /// Which end everything waits for.
    package var awaited: RelayProgress.Waits { engine.awaited }

    /// Moves what can be moved now.
    package mutating func advance() {
        if isSettling { return settle() }
        guard progress.isRunning, !isPaused else { return }
        let before = progress.taken
        repeat { engine.advance(&kernel, gathers: gathering.until != nil) } while goOn()
        noteLoss()
        gather(progress.taken - before)
        noteCut()
        if case .failed(let error) = progress.target { return settle(before: .nothing(error)) }
        if let error = progress.refusal { settle(before: .anotherEngine(error)) }
    }

    private mutating func gather(_ byteCount: Int64) {
        guard case .pump = engine, progress.isRunning, progress.waits == .source else {
            return gathering.stop()
        }
        gathering.note(moved: byteCount, .now)
    }

    /// A file that ends before the length that it promised has failed.
    @inline(never)
    private mutating func noteCut() {
        guard progress.source == .ended, let isCut = file?.isCut(takenByteCount) else { return }
        if isCut { progress.source = .failed(.misplaced) }
    }

    // MARK: Ending

    /// Nobody is at the target any more: what was taken for it stays to be drained, once it has
    /// settled.
    package mutating func targetLeft() {
        guard progress.target == .open else { return }
        settle(before: .nothing(.brokenPipe))
    }

    /// Whether the kernel is still to end what it was asked for: its files stay open until then.
    package var isSettling: Bool { settling != nil }

    private mutating func settle(before next: Next) {
        settling = (next, .now + Mover.patience)
        if case .nothing(let error) = next { progress.target = .failed(error) }
        settle()
    }

    /// Never waits: a disk may take seconds, while others wait in the poll loop.
    @inline(never)
    private mutating func settle() {
        guard let (next, until) = settling else { return }
        guard engine.settle(&kernel) || Instant.now >= until else { return }
        settling = nil
        engine.stop(&kernel)
        noteCut()
        switch next {
        case .nothing: break
        case .anotherEngine(let error):
            chosen = chosen.fallback(error)
            start()
            advance()
        }
    }

    /// The numbers of its files may soon be those of others.
    package mutating func retire() {
        (source, target) = (.closed, .closed)
        engine.retire()
        if let keeper {
            keeper.close()
            kernel.close()
        }
    }

    /// The target cannot be brought to its end.
    package mutating func targetFailed(_ error: Errno) { progress.target = .failed(error) }

    /// A silent source counts as ended.
    package mutating func endSource() { progress.source = .ended }

    /// Checks that the target bears out what was counted.
    ///
    /// - Throws: `misplaced` where it does not.
    package func confirm() throws(Errno) { try place?.confirm(progress.given, in: target) }
}
