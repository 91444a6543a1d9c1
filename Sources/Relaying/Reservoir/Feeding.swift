import LinuxSystem

/// What stands before a reader that wants whole records, a reservoir, or both.
package final class Feeding {
    /// From this size on a record is worth two splices, and a wait for each.
    private static let leastSpliced = 128 << 10
    private static let leastByteCount = 4 << 20

    let choice: EngineChoice
    /// What writes to a file whose writes wait.
    let fileWriter: FileWriter?
    let pump: Engine.Box<ReservoirPump<LinuxKernel>>
    let shortage: ShortageWatch?

    /// - Parameters:
    ///   - kind: What the target is.
    ///   - isSealed: Whether the source must be read, to be opened.
    /// - Throws: `recordTooLong` when the reader's pipe cannot take one at once; when there is no
    ///   memory at all.
    package init(
        _ order: FeedOrder, from source: Descriptor, to target: Descriptor, _ kind: FileKind,
        digest: Digest?, isSealed: Bool = false
    ) throws(Errno) {
        let kind = try Feeding.kind(of: target, kind, order.record)
        let needsClaims = FilePlace(of: target)?.isPosition == true
        (fileWriter, choice) = Feeding.fileWriter(
            Feeding.choice(
                order, kind, of: target, hasChecksum: digest != nil, isSealed: isSealed),
            needsClaims: needsClaims)
        let room = Feeding.room(for: order)
        let memory = try MemoryQueue(
            byteCount: room.byteCount, unit: order.record?.size ?? 1,
            available: HostMemory.available)
        shortage = order.buffer.map {
            ShortageWatch(wanted: $0.byteCount, known: room.isShort ? .max : memory.capacity)
        }
        pump = Engine.Box(
            ReservoirPump(
                from: source, to: target, kind, order.record,
                Reservoir(memory, after: Feeding.pool(choice, kind, order.record)),
                order.buffer.map { Watermarks(start: $0.start, resume: $0.resume) },
                digest: digest))
    }
}

extension Feeding {
    /// The pump by itself, for an owner that changes its target; with the kernel that it needs.
    package var parts: (pump: ReservoirPump<LinuxKernel>, kernel: LinuxKernel) {
        (pump.value, LinuxKernel(writingBy: fileWriter))
    }

    /// How much smaller the reservoir is from the start than was wanted.
    package var shortfall: BufferShortage? {
        var shortage = shortage
        return shortage?.take(pump.value.store.capacity)
    }

    private static func kind(
        of target: Descriptor, _ kind: FileKind, _ record: RecordOrder?
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
        _ order: FeedOrder, _ kind: ReservoirPump<LinuxKernel>.Target, of target: Descriptor,
        hasChecksum: Bool, isSealed: Bool
    ) -> EngineChoice {
        if hasChecksum { return EngineChoice(.copy, because: "a checksum must see the bytes") }
        if order.engine == .copy { return EngineChoice(.copy, because: "asked for") }
        if kind == .file, !target.isNonblocking { return EngineChoice(.ring) }
        if isSealed { return EngineChoice(.copy, because: "the data is sealed") }
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
        let pipeCapacity = record == nil ? PipePool.usualCapacity : capacity
        return PipePool(pipeCapacity: pipeCapacity, limit: PipePool.limit(pipeCapacity))
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
