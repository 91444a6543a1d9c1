import LinuxSystem

/// Feeds a reader from a reservoir: whole records, or from watermark to watermark, or both.
///
/// A pure state machine over what the kernel and the clock answer.
package struct ReservoirPump<Kernel: RecordKernel> {
    package enum Target: Equatable, Sendable {
        /// Tells how much is in it, and takes whole what it has room for.
        case pipe(capacity: Int)
        /// A socket or terminal: takes what it takes.
        case stream
        /// Takes all, at once.
        case file

        package var isPipe: Bool { if case .pipe = self { true } else { false } }
    }

    /// Why nothing can be given now.
    enum Obstacle {
        /// There is no whole record, or nothing at all.
        case nothing
        case watermark
        case reader
        /// The target is not there yet.
        case change
    }

    private static var rounds: Int { 32 }

    package internal(set) var source: Descriptor
    package private(set) var target: Descriptor
    package let kind: Target
    package let record: RecordOrder?
    package internal(set) var progress = RelayProgress()
    package internal(set) var store: Reservoir
    package internal(set) var watermarks: Watermarks?
    package internal(set) var counts: RecordCounts?
    package private(set) var polls: RelayProgress.Waits = []
    /// When to move again whatever is seen: now, where there was more to move.
    package private(set) var deadline: Instant?
    let digest: Digest?
    /// Is shown every byte that the target took from memory.
    package var givenDigest: Digest?
    /// Whether one target is full and the next is not there yet.
    private(set) var isHeld = false
    /// Whether the end of the source may not be the end of the stream.
    private(set) var holdsEnd = false
    var patience = Patience()
    var obstacle: Obstacle?
    /// The rest of a record whose beginning was written.
    var owed = 0
    /// What was spliced into the reader's pipe may fill more slots than its bytes tell.
    var mustFindEmpty = false

    /// - Parameters:
    ///   - store: Where to keep them; in pipes only for a pipe, with no more slots than it has.
    ///   - watermarks: When to feed the reader; always where there are none.
    package init(
        from source: Descriptor, to target: Descriptor, _ kind: Target, _ record: RecordOrder?,
        _ store: Reservoir, _ watermarks: Watermarks?, digest: Digest? = nil
    ) {
        // A record that is spliced out of one pipe finds room in another only if that has no fewer
        // slots.
        if case .pipe(let capacity) = kind, record != nil {
            precondition(store.pipeCapacity ?? 0 <= capacity)
        } else {
            precondition(store.pipeCapacity == nil || kind.isPipe)
        }
        self.source = source
        self.target = target
        self.kind = kind
        self.record = record
        self.store = store
        self.watermarks = watermarks
        self.digest = digest
        counts = record.map { RecordCounts(size: $0.size) }
    }

    /// Moves what can be moved now.
    package mutating func advance(_ kernel: inout Kernel, _ now: Instant) {
        var hasMoved = true
        var courtesy = Courtesy(progress.given)
        for _ in 0..<Self.rounds where hasMoved && progress.isRunning {
            let hasGiven = give(&kernel, now)
            let hasTaken = take(&kernel)
            hasMoved = hasGiven || hasTaken || courtesy.yields(&kernel, progress.given)
        }
        if hasMoved, progress.isRunning {
            deadline = now
            polls = []
        } else {
            settle(&kernel, now)
        }
    }

    /// Gives nothing more to a target that is full, and goes on filling the reservoir.
    ///
    /// What the target did not take is the first for the next one.
    package mutating func hold() {
        progress.target = .open
        isHeld = true
    }

    /// Goes on with another target of the same kind.
    package mutating func goOn(to target: Descriptor) {
        self.target = target
        isHeld = false
    }

    /// Nothing more comes of the stream.
    var hasEnded: Bool { progress.source != .open && !holdsEnd }

    /// Goes on with another source where one ends, until the end is released.
    mutating func holdEnd() { holdsEnd = true }

    /// The end of the source is none, and no other comes.
    mutating func giveUpEnd() { holdsEnd = false }

    /// The end of the source is that of the stream.
    mutating func releaseEnd() {
        holdsEnd = false
        if progress.source == .ended { finish() }
    }

    /// Whether it waits for the end, or another source, with everything else given.
    var awaitsEnd: Bool {
        holdsEnd && progress.source != .open && (obstacle == .nothing || obstacle == .watermark)
    }

    /// How the reader was fed until now.
    package var facts: FeedFacts { FeedFacts(records: counts?.facts, buffer: bufferFacts) }

    private var bufferFacts: FeedFacts.Buffer? {
        guard let watermarks else { return nil }
        var facts = FeedFacts.Buffer(capacity: Int64(store.capacity))
        facts.fill = Int64(store.count)
        facts.lowestFill = watermarks.lowestFill
        facts.stops = watermarks.stops
        facts.stoppedMicroseconds = watermarks.stopped.nanoseconds / 1000
        return facts
    }

    /// The numbers of its files may soon be those of others.
    mutating func retire() {
        (source, target) = (.closed, .closed)
        (polls, deadline) = ([], nil)
    }

    // MARK: Waiting

    /// Says what to wait for, now that nothing could be moved.
    private mutating func settle(_ kernel: inout Kernel, _ now: Instant) {
        let awaitsReader = obstacle == .reader
        progress.waits = awaitsReader ? .target : .source
        polls = progress.source == .open && !store.isFull ? .source : []
        deadline = nil
        guard progress.isRunning else { return }
        if obstacle == .nothing, !hasEnded, store.isFull {
            // There is no memory for a whole record, and nothing will bring more.
            progress.target = .failed(.outOfMemory)
        } else if awaitsReader, !asksForRoom {
            polls.insert(.target)
        } else if awaitsReader || isDraining(&kernel, now) {
            // No event tells that a pipe has room for a record, or is empty.
            patience.wait(now)
            deadline = patience.next
        } else {
            patience.end()
        }
    }

    private var asksForRoom: Bool {
        kind.isPipe && record != nil
    }

    /// Whether the reader lives on what is in its pipe, and will soon have nothing.
    private mutating func isDraining(_ kernel: inout Kernel, _ now: Instant) -> Bool {
        guard let watermarks, watermarks.isFeeding, obstacle == .nothing, !hasEnded
        else { return false }
        if kind.isPipe, kernel.queuedByteCount(target) > 0 { return true }
        self.watermarks?.ranDry(now)
        return false
    }
}

extension ReservoirPump<LinuxKernel> {
    /// Begins to give nothing more, and asks a write that is under way to end: to be called again
    /// until it has.
    ///
    /// - Returns: Whether nothing is under way any more.
    mutating func settle(_ kernel: inout LinuxKernel) -> Bool {
        guard let fileWriter = kernel.fileWriter, fileWriter.isWriting else { return true }
        fileWriter.stop()
        _ = giveOldest(&kernel, .now)
        return !fileWriter.isWriting
    }
}
