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
    }

    private static var rounds: Int { 32 }

    package let source: CInt
    package let target: CInt
    package let kind: Target
    package let record: RecordOrder?
    package internal(set) var progress = RelayProgress()
    package internal(set) var store: Reservoir
    package internal(set) var watermarks: Watermarks?
    package internal(set) var counts: RecordCounts?
    package private(set) var polls: RelayProgress.Waits = []
    /// When to move again whatever is seen: now, where there was more to move.
    package private(set) var deadline: Instant?
    let checksum: Checksum?
    private var patience = Patience()
    var obstacle: Obstacle?
    /// The rest of a record whose beginning was written.
    var owed = 0
    /// What another pump spliced into the reader's pipe may fill more slots than its bytes tell.
    private var mustFindEmpty = false
    var bypass: Bypass?

    /// - Parameters:
    ///   - store: The memory to use.
    ///   - watermarks: When to feed the reader; always where there are none.
    ///   - bypass: The way past the store; only into a pipe, and not for records.
    package init(
        from source: CInt, to target: CInt, _ kind: Target, _ record: RecordOrder?,
        _ store: Reservoir, _ watermarks: Watermarks?, checksum: Checksum? = nil,
        bypass: Bypass? = nil
    ) {
        self.source = source
        self.target = target
        self.kind = kind
        self.record = record
        self.store = store
        self.watermarks = watermarks
        self.checksum = checksum
        self.bypass = bypass
        counts = record.map { RecordCounts(size: $0.size) }
    }

    /// Goes on where a pump came to its end that spliced; not a byte is lost between.
    package init(
        after pump: inout RecordPump<Kernel>, to kind: Target, _ store: Reservoir,
        _ kernel: inout Kernel
    ) {
        self.init(from: pump.source, to: pump.target, kind, pump.order, store, nil)
        self.store.append(pump.surrender(&kernel))
        owed = pump.owed
        progress = pump.progress
        progress.held = self.store.count
        counts = pump.counts
        mustFindEmpty = true
        if progress.source == .ended { fillUp() }
    }

    /// Moves what can be moved now.
    package mutating func advance(_ kernel: inout Kernel, _ now: Instant) {
        var hasMoved = true
        var courtesy = Courtesy(progress.given)
        for _ in 0..<Self.rounds where hasMoved && progress.isRunning {
            let hasGiven = give(&kernel, now)
            // What a pipe takes goes first, so that the store is soon empty again.
            let hasTaken = hasGiven && bypass != nil ? false : take(&kernel, now)
            hasMoved = hasGiven || hasTaken || courtesy.yields(&kernel, progress.given)
        }
        if hasMoved, progress.isRunning {
            deadline = now
            polls = []
        } else {
            settle(&kernel, now)
        }
    }

    /// Takes the oldest bytes out that nobody will read any more.
    package mutating func drain(_ byteCount: Int) -> [UInt8] {
        store.drain(byteCount)
    }

    // MARK: Giving

    private mutating func give(_ kernel: inout Kernel, _ now: Instant) -> Bool {
        obstacle = findObstacle(&kernel, now)
        guard obstacle == nil, progress.target == .open else { return false }
        let bytes = unsafe store.oldest(nextByteCount)
        do throws(Errno) {
            let count = try unsafe kernel.write(target, bytes, waits: kind == .file)
            note(count, bytes.count, now)
            store.remove(count)
            progress.held = store.count
            progress.given += Int64(count)
            patience.end()
            if count == 0 { obstacle = .reader }
            return count > 0
        } catch .wouldBlock {
            obstacle = .reader
        } catch {
            progress.target = .failed(error)
        }
        return false
    }

    private mutating func note(_ count: Int, _ wanted: Int, _ now: Instant) {
        guard let record else { return }
        // A stream has no records to tear.
        if owed == 0 {
            counts?.add(isWhole: (kind == .stream ? wanted : count) == record.size, now)
        }
        owed = wanted - count
    }

    /// How much to write in one call; 0 when there is no whole record yet.
    private var nextByteCount: Int {
        guard let record else { return store.count }
        if owed > 0 { return owed }
        return progress.source != .open || store.count >= record.size
            ? min(store.count, record.size) : 0
    }

    private mutating func findObstacle(_ kernel: inout Kernel, _ now: Instant) -> Obstacle? {
        guard nextByteCount > 0 else { return .nothing }
        let fill = Int64(store.count)
        let mayFeed = watermarks?.mayFeed(
            fill, of: Int64(store.capacity),
            mustFeed: progress.source != .open || store.isFull, now)
        guard mayFeed ?? true else { return .watermark }
        return hasRoom(&kernel) ? nil : .reader
    }

    private mutating func hasRoom(_ kernel: inout Kernel) -> Bool {
        guard case .pipe(let capacity) = kind, let record, owed == 0 else { return true }
        let queued = kernel.queuedByteCount(target)
        if queued == 0 { mustFindEmpty = false }
        return !mustFindEmpty
            && RecordRoom(recordSize: record.size, capacity: capacity)
                .takesOneMore(queued: queued)
    }

    // MARK: Waiting

    /// Says what to wait for, now that nothing could be moved.
    private mutating func settle(_ kernel: inout Kernel, _ now: Instant) {
        let awaitsReader = obstacle == .reader
        progress.waits = awaitsReader ? .target : .source
        polls = progress.source == .open && !store.isFull ? .source : []
        deadline = nil
        guard progress.isRunning else { return }
        if let graceEnds = bypass?.graceEnds, store.count == 0 {
            polls = .target
            deadline = graceEnds
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
        guard let watermarks, watermarks.isFeeding, obstacle == .nothing, progress.source == .open
        else { return false }
        if kind.isPipe, kernel.queuedByteCount(target) > 0 { return true }
        self.watermarks?.ranDry(now)
        return false
    }
}
