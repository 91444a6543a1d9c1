import LinuxSystem

/// What stands before a reader that wants whole records, a reservoir, or both.
package final class Feeder {
    /// From this size on a record is worth two splices, and a wait for each.
    private static let leastSpliced = 128 << 10
    private static let leastByteCount = 4 << 20
    private static let pooledCapacity = 1 << 20
    /// Of the 64 MiB that all pipes of a user may have by default: who passes them gets small pipes.
    private static let pooledByteCount = 48 << 20
    /// Each has two descriptors, of the 1024 that a process usually may have: half of them.
    private static let mostPipes = min(256, Process.openFileLimit / 4)

    private var source: CInt
    private var target: CInt
    /// How it moves the bytes as long as the kernel lets it.
    private let intention: EngineChoice
    private var pump: ReservoirPump<LinuxKernel>
    /// What writes to a file whose writes wait.
    let fileWriter: FileWriter?
    private let wanted: BufferOrder?
    /// How much of the wanted buffer the user takes for granted.
    private var knownCapacity: Int

    /// - Throws: `recordTooLong` when the reader's pipe cannot take one at once; when there is no
    ///   memory at all.
    package init(
        _ order: FeedOrder, from source: CInt, to target: CInt, _ kind: FileKind, digest: Digest?
    ) throws(Errno) {
        self.source = source
        self.target = target
        let kind = try Feeder.kind(of: target, kind, order.record)
        let choice = Feeder.choice(order, kind, of: target, hasChecksum: digest != nil)
        let needsClaims = FilePlace(of: target)?.isPosition == true
        (fileWriter, intention) = Feeder.fileWriter(choice, needsClaims: needsClaims)
        let room = Feeder.room(for: order)
        let memory = try MemoryQueue(
            byteCount: room.byteCount, unit: order.record?.size ?? 1,
            available: HostMemory.available)
        wanted = order.buffer
        knownCapacity = room.isShort ? .max : memory.capacity
        pump = ReservoirPump(
            from: source, to: target, kind, order.record,
            Reservoir(memory, after: Feeder.pool(intention, kind, order.record)),
            order.buffer.map { Watermarks(start: $0.start, resume: $0.resume) },
            digest: digest)
    }

    package var progress: RelayProgress { pump.progress }
    package var deadline: Instant? { pump.deadline }

    package var choice: EngineChoice {
        if let refusal = fileWriter?.refusal { return intention.fallback(refusal) }
        guard intention.engine == .splice, !pump.store.hasPipes else { return intention }
        return EngineChoice(.copy, because: "there are no pipes to splice through")
    }

    package func watch(_ readiness: inout Readiness) {
        if pump.polls.contains(.source) { readiness.watch(source, .reading) }
        guard pump.polls.contains(.target) else { return }
        if let number = fileWriter?.number {
            readiness.watch(number, .reading)
        } else {
            readiness.watch(target, .writing)
        }
    }

    package func isDue(_ readiness: Readiness, _ now: Instant) -> Bool {
        if let deadline, deadline <= now { return true }
        return (pump.polls.contains(.source) && readiness[source].isReady)
            || (pump.polls.contains(.target) && readiness[fileWriter?.number ?? target].isReady)
    }

    /// Moves what can be moved now.
    package func advance(_ kernel: inout LinuxKernel, _ now: Instant) {
        pump.advance(&kernel, now)
    }

    /// Gives nothing more, and asks what is under way to end: to be called again until it has.
    ///
    /// - Returns: Whether nothing is under way any more.
    func settle(_ kernel: inout LinuxKernel) -> Bool {
        guard let fileWriter, fileWriter.isWriting else { return true }
        fileWriter.stop()
        pump.finishGiving(&kernel, .now)
        return !fileWriter.isWriting
    }

    /// Leaves a file as it is now.
    func leave() { fileWriter?.leave(target) }

    /// The numbers of its files may soon be those of others.
    func retire() {
        (source, target) = (-1, -1)
        pump.retire()
    }

    /// Takes the oldest bytes out that nobody will read any more.
    package func drain(byteCount: Int, _ kernel: inout LinuxKernel) -> [UInt8] {
        pump.drain(byteCount, &kernel)
    }

    /// Tells, once and again when it has got smaller, that the buffer is not as large as was wanted.
    package func takeShortage() -> BufferShortage? {
        let capacity = pump.store.capacity
        guard let wanted, capacity < knownCapacity else { return nil }
        knownCapacity = capacity
        return BufferShortage(available: Int64(capacity), wanted: wanted.byteCount)
    }

    package var facts: FeedFacts {
        FeedFacts(records: pump.counts?.facts, buffer: bufferFacts)
    }

    private var bufferFacts: FeedFacts.Buffer? {
        guard let watermarks = pump.watermarks else { return nil }
        var facts = FeedFacts.Buffer(capacity: Int64(pump.store.capacity))
        facts.fill = Int64(pump.store.count)
        facts.lowestFill = watermarks.lowestFill
        facts.stops = watermarks.stops
        facts.stoppedMicroseconds = watermarks.stopped.nanoseconds / 1000
        return facts
    }
}

extension Feeder {
    private static func kind(
        of target: CInt, _ kind: FileKind, _ record: RecordOrder?
    ) throws(Errno) -> ReservoirPump<LinuxKernel>.Target {
        switch kind {
        case .pipe:
            let capacity = Pipe.capacity(of: target, atLeast: record?.size ?? 0)
            guard RecordRoom.fits(record?.size ?? 0, in: capacity) else { throw .recordTooLong }
            return .pipe(capacity: capacity)
        case .socket, .terminal: return .stream
        case .regular, .directory, .characterDevice, .blockDevice: return .file
        }
    }

    private static func choice(
        _ order: FeedOrder, _ kind: ReservoirPump<LinuxKernel>.Target, of target: CInt,
        hasChecksum: Bool
    ) -> EngineChoice {
        if hasChecksum { return EngineChoice(.copy, because: "a checksum must see the bytes") }
        if order.engine == .copy { return EngineChoice(.copy, because: "asked for") }
        if kind == .file, !Descriptor.isNonblocking(target) { return EngineChoice(.ring) }
        guard kind.isPipe else {
            return EngineChoice(.copy, because: "only a pipe can be fed without a copy")
        }
        if let record = order.record, record.size < leastSpliced, order.engine != .splice {
            return EngineChoice(.copy, because: "copying small records is faster")
        }
        let isRing = order.engine == .ring || order.engine == .ringSplice
        return EngineChoice(.splice, because: isRing ? "io_uring feeds only files" : nil)
    }

    private static func fileWriter(
        _ choice: EngineChoice, needsClaims: Bool
    ) -> (FileWriter?, EngineChoice) {
        guard choice.engine == .ring else { return (nil, choice) }
        do throws(Errno) {
            return (try FileWriter(needsClaims: needsClaims), choice)
        } catch {
            return (nil, choice.withoutRing(error))
        }
    }

    /// The pipes before the memory; none has more slots than the reader's, which takes records
    /// whole.
    private static func pool(
        _ choice: EngineChoice, _ kind: ReservoirPump<LinuxKernel>.Target, _ record: RecordOrder?
    ) -> PipePool? {
        guard choice.engine == .splice, case .pipe(let capacity) = kind else { return nil }
        let pipeCapacity = record == nil ? pooledCapacity : capacity
        let byteCount = Pipe.isUnlimited ? Int.max : pooledByteCount
        return PipePool(
            pipeCapacity: pipeCapacity, limit: min(mostPipes, max(1, byteCount / pipeCapacity)))
    }

    /// How large the reservoir may be, so that nobody must be ended for want of memory.
    private static func room(for order: FeedOrder) -> (byteCount: Int, isShort: Bool) {
        let least = max(leastByteCount, 4 * (order.record?.size ?? 0))
        guard let buffer = order.buffer else { return (least, false) }
        let wanted = Int(buffer.byteCount)
        guard let available = HostMemory.available() else { return (wanted, false) }
        let most = max(least, Int(available - available / 8))
        return (min(wanted, most), wanted > most)
    }
}
