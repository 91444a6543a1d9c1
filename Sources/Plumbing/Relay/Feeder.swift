import LinuxSystem

/// What stands before a reader that wants whole records, a reservoir, or both.
package final class Feeder {
    /// From this size on a record is worth two splices and a wait for each.
    private static let leastSpliced = 128 << 10
    private static let copyCapacity = 4 << 20

    private let source: CInt
    private let target: CInt
    private let kind: ReservoirPump<LinuxKernel>.Target
    private let between: Pipe?
    private var splicing: RecordPump<LinuxKernel>?
    private var storing: ReservoirPump<LinuxKernel>?
    package private(set) var choice: EngineChoice
    /// What the user should know of the reservoir before it is used.
    package private(set) var warning: String?

    /// - Throws: `recordTooLong` when the reader's pipe cannot take one at once; when there is no
    ///   memory at all.
    package init(
        _ order: RelayOrder, from source: CInt, to end: borrowing RelayEnd, _ checksum: Checksum?
    ) throws(Errno) {
        self.source = source
        target = end.number
        kind = try Feeder.kind(of: end, order.record)
        choice = Feeder.choice(order, kind, hasChecksum: checksum != nil)
        if choice.engine == .splice, let record = order.record,
            let pipe = Feeder.pipe(like: kind)
        {
            splicing = RecordPump(
                from: source, to: target, through: (pipe.reader.number, pipe.writer.number), record)
            between = consume pipe
        } else {
            between = nil
            if choice.engine == .splice, order.record != nil {
                choice = EngineChoice(.copy, because: "there is no pipe to splice records through")
            }
            let room = Feeder.room(for: order)
            warning = room.warning
            storing = ReservoirPump(
                from: source, to: target, kind, order.record,
                try Reservoir(byteCount: room.byteCount, unit: order.record?.size ?? 1),
                order.buffer.map { Watermarks(start: $0.start, resume: $0.resume) },
                checksum: checksum, bypass: choice.engine == .splice ? Bypass() : nil)
        }
    }

    package var progress: RelayProgress {
        storing?.progress ?? splicing?.progress ?? RelayProgress()
    }

    package var deadline: Instant? {
        if let storing { storing.deadline } else { splicing?.deadline }
    }

    /// Which ends the poll loop is to watch: a pipe's room for a record is no event.
    package var polls: RelayProgress.Waits { storing?.polls ?? splicing?.polls ?? [] }

    package func isDue(_ readiness: Readiness, _ now: Instant) -> Bool {
        if let deadline, deadline <= now { return true }
        return (polls.contains(.source) && readiness[source].isReady)
            || (polls.contains(.target) && readiness[target].isReady)
    }

    /// Moves what can be moved now.
    package func advance(_ kernel: inout LinuxKernel, _ now: Instant) {
        splicing?.advance(&kernel, now)
        if splicing?.obstacle != nil { startCopying(&kernel) }
        storing?.advance(&kernel, now)
    }

    /// Takes the oldest bytes out that nobody will read any more.
    package func drain(byteCount: Int) -> [UInt8] {
        if let splicing {
            return (try? Descriptor.read(splicing.between.reader, byteCount: byteCount)) ?? []
        }
        return storing?.drain(byteCount) ?? []
    }

    package var facts: FeedFacts {
        FeedFacts(records: (storing?.counts ?? splicing?.counts)?.facts, buffer: bufferFacts)
    }

    private var bufferFacts: FeedFacts.Buffer? {
        guard let storing, let watermarks = storing.watermarks else { return nil }
        var facts = FeedFacts.Buffer(capacity: Int64(storing.store.capacity))
        facts.fill = Int64(storing.store.count)
        facts.lowestFill = watermarks.lowestFill
        facts.stops = watermarks.stops
        facts.stoppedMicroseconds = watermarks.stopped.nanoseconds / 1000
        return facts
    }

    /// What cannot be spliced any more is copied from here on; not a byte is lost between.
    private func startCopying(_ kernel: inout LinuxKernel) {
        guard var pump = splicing else { return }
        let room = max(Feeder.copyCapacity, 4 * pump.order.size)
        do throws(Errno) {
            let store = try Reservoir(byteCount: room, unit: pump.order.size)
            splicing = nil
            storing = ReservoirPump(after: &pump, to: kind, store, &kernel)
        } catch {
            return splicing?.fail(error) ?? ()
        }
        switch pump.obstacle {
        case .smallPieces:
            choice = EngineChoice(.copy, because: "the pieces of a record did not fit into a pipe")
        case .refused(let error): choice = choice.fallback(error)
        case .padding, nil: break
        }
    }
}

extension Feeder {
    private static func kind(
        of end: borrowing RelayEnd, _ record: RecordOrder?
    ) throws(Errno) -> ReservoirPump<LinuxKernel>.Target {
        switch end.kind {
        case .pipe:
            let capacity = Pipe.capacity(of: end.number, atLeast: record?.size ?? 0)
            guard RecordRoom.fits(record?.size ?? 0, in: capacity) else { throw .recordTooLong }
            return .pipe(capacity: capacity)
        case .socket, .terminal: return .stream
        case .regular, .directory, .characterDevice, .blockDevice: return .file
        }
    }

    private static func choice(
        _ order: RelayOrder, _ kind: ReservoirPump<LinuxKernel>.Target, hasChecksum: Bool
    ) -> EngineChoice {
        if hasChecksum { return EngineChoice(.copy, because: "a checksum needs the bytes") }
        if order.engine == .copy { return EngineChoice(.copy, because: "asked for") }
        if order.buffer != nil {
            return order.record == nil && kind.isPipe
                ? EngineChoice(
                    .splice, because: "past the buffer, which is memory, while it is empty")
                : EngineChoice(.copy, because: "the buffer is memory")
        }
        guard kind.isPipe else {
            return EngineChoice(.copy, because: "records can be spliced into a pipe alone")
        }
        guard let record = order.record, record.size >= leastSpliced || order.engine == .splice
        else { return EngineChoice(.copy, because: "small records are sooner copied") }
        return EngineChoice(.splice)
    }

    /// A pipe of our own that has a slot for each of the reader's.
    private static func pipe(like kind: ReservoirPump<LinuxKernel>.Target) -> Pipe? {
        guard case .pipe(let capacity) = kind, let pipe = try? Pipe(capacity: capacity),
            pipe.capacity == capacity
        else { return nil }
        return pipe
    }

    /// How large the reservoir may be, so that nobody must be ended for want of memory.
    private static func room(for order: RelayOrder) -> (byteCount: Int, warning: String?) {
        let least = max(copyCapacity, 4 * (order.record?.size ?? 0))
        guard let buffer = order.buffer else { return (least, nil) }
        let wanted = Int(buffer.byteCount)
        guard let available = HostMemory.available() else { return (wanted, nil) }
        let most = max(least, Int(available - available / 8))
        guard wanted > most else { return (wanted, nil) }
        return (
            most,
            "using a buffer of \(Text.size(Int64(most))): there is no memory for the "
                + "\(Text.size(buffer.byteCount)) that were asked for"
        )
    }
}
