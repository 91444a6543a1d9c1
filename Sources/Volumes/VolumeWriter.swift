import LinuxSystem
import Plumbing
import Relaying

/// Writes a stream to as many volumes as it takes.
package struct VolumeWriter<World: VolumeWorld> {
    package private(set) var sequence: VolumeChanging<World>
    private let order: VolumeOrder
    private let set: VolumeSet?
    /// The volume that is being written, and where it began in the stream.
    private var current = VolumeFacts(1)
    private var start: (bytes: Int64, records: Int64, at: Instant)
    private var checksum: Checksum?

    package init(_ order: VolumeOrder, _ world: World) {
        self.order = order
        set = order.label.map { VolumeSet.fresh($0) }
        sequence = VolumeChanging(order, world)
        start = (0, 0, world.now)
    }

    /// Writes until the input ends, or nothing more can be written.
    package mutating func run() -> VolumeResult {
        do throws(VolumeError) {
            try openVolume(1, because: nil)
            try makePump()
            beginVolume(1)
            try stream()
            try finish()
            return result(nil)
        } catch {
            noteVolume(isComplete: false)
            try? sequence.world.close()
            return result(error)
        }
    }

    private mutating func makePump() throws(VolumeError) {
        let feed = FeedOrder(
            record: RecordOrder(size: order.recordSize, isPadded: order.isPadded),
            buffer: order.buffer)
        do throws(Errno) { sequence.pump = try sequence.world.makePump(feed) } catch {
            throw .noMemory(error)
        }
    }

    // MARK: The stream

    private mutating func stream() throws(VolumeError) {
        while let progress = advance(), !progress.hasDelivered {
            if case .failed(let error) = progress.target {
                // What takes nothing is no volume, and the next one may take as little.
                guard error.meansFull, written.bytes > 0 else { throw cannotWrite(error) }
                try goOn(to: current.number + 1)
                continue
            }
            do throws(Errno) {
                try sequence.world.wait(
                    sequence.pump?.polls ?? [], until: sequence.pump?.deadline)
            } catch {
                throw .cannotWait(error)
            }
            if sequence.world.isAsked() { answer() }
        }
        if case .failed(let error) = sequence.pump?.progress.source { throw .inputFailed(error) }
    }

    private mutating func answer() {
        takeStock()
        let feeding = sequence.pump?.facts.sentence ?? ""
        sequence.world.answer("\(current.sentence); \(feeding)")
    }

    private mutating func advance() -> RelayProgress? {
        let now = sequence.world.now
        sequence.pump?.advance(&sequence.world.kernel, now)
        return sequence.pump?.progress
    }

    private func cannotWrite(_ error: Errno) -> VolumeError {
        .cannotWrite(error, volume: current.number, record: written.records + 1)
    }

    /// What the current volume has.
    private var written: (bytes: Int64, records: Int64) {
        guard let pump = sequence.pump else { return (0, 0) }
        let records = pump.facts.records?.count ?? 0
        return (pump.progress.given - start.bytes, records - start.records)
    }

    /// Ends the full volume and begins the next one with what the full one did not take.
    private mutating func goOn(to volume: Int) throws(VolumeError) {
        sequence.pump?.hold()
        try endVolume()
        noteVolume(isComplete: true)
        sequence.world.note(current.sentence)
        try openVolume(volume, because: .full)
        sequence.pump?.goOn(to: sequence.world.device)
        beginVolume(volume)
    }

    // MARK: One volume

    private mutating func openVolume(
        _ volume: Int, because trouble: VolumeTrouble?
    ) throws(VolumeError) {
        let (order, set) = (order, set)
        let given = sequence.pump?.progress.given ?? 0
        try sequence.open(volume, changingBecause: trouble) {
            (world, medium) throws(VolumeStop) in
            try Self.check(medium, order)
            guard let set else { return }
            if volume > 1, medium.tape != nil { try Self.refuse(set, &world, order) }
            let label = VolumeLabel(
                set, volume: volume, record: order.recordSize, start: given,
                date: world.date.textInSeconds)
            do throws(Errno) { try world.write(record: label.bytes) } catch {
                throw .trouble(.cannotLabel(error))
            }
        }
    }

    private static func check(_ medium: Medium, _ order: VolumeOrder) throws(VolumeStop) {
        switch medium.kind {
        case .tape(let tape):
            if tape.isProtected { throw .trouble(.isProtected) }
            guard let block = tape.blockSize else { return }
            guard order.recordSize % block == 0 else {
                throw .error(.badRecord(order.recordSize, block: block))
            }
            guard order.isPadded else { throw .error(.needsPadding(block: block)) }
        case .file(let count, _) where count > 0: throw .trouble(.holdsBytes(count))
        case .file: return
        case .device where order.label != nil: throw .error(.labelsNeedVolumes)
        case .device, .unfit: return
        }
    }

    /// Refuses a tape that this very set is on; nothing else on a tape keeps it from being written.
    private static func refuse(
        _ set: VolumeSet, _ world: inout World, _ order: VolumeOrder
    ) throws(VolumeStop) {
        let label: VolumeLabel?
        do throws(Errno) {
            let blocks = MemoryBlocks(size: order.recordSize)
            let room = unsafe blocks[try blocks.add(), 0..<order.recordSize]
            // A tape that cannot be read has no volume of ours.
            let count = (try? unsafe world.read(into: room)) ?? 0
            label = unsafe VolumeLabel(room[..<count])
            try world.rewind()
        } catch {
            throw .trouble(.cannotLabel(error))
        }
        if let label, label.set == set { throw .trouble(.holdsVolume(label.volume)) }
    }

    private mutating func beginVolume(_ volume: Int) {
        current = VolumeFacts(volume)
        let pump = sequence.pump
        start = (
            pump?.progress.given ?? 0, pump?.facts.records?.count ?? 0, sequence.world.now
        )
        guard order.hasHash else { return }
        let checksum = Checksum()
        self.checksum = checksum
        sequence.pump?.givenDigest = checksum.digest
    }

    /// Writes the file mark, and closes the device.
    private mutating func endVolume() throws(VolumeError) {
        takeStock()
        do throws(Errno) {
            try sequence.world.mark()
            try sequence.world.close()
        } catch {
            throw .cannotEnd(error, volume: current.number)
        }
    }

    private mutating func takeStock() {
        (current.bytes, current.records) = written
        current.milliseconds = (sequence.world.now - start.at).milliseconds
        current.hash = checksum?.finish()
    }

    private mutating func noteVolume(isComplete: Bool) {
        guard sequence.pump != nil, sequence.volumes.last?.number != current.number else { return }
        takeStock()
        current.isComplete = isComplete
        sequence.volumes.append(current)
    }

    // MARK: The end

    private mutating func finish() throws(VolumeError) {
        if let set { try writeEndLabel(set) }
        try endVolume()
        noteVolume(isComplete: true)
    }

    /// It needs a volume of its own where the last one has no room for it.
    private mutating func writeEndLabel(_ set: VolumeSet) throws(VolumeError) {
        while true {
            let label = EndLabel(
                set, volumes: current.number, bytes: sequence.pump?.progress.given ?? 0)
            do throws(Errno) {
                try sequence.world.mark()
                do throws(Errno) {
                    try sequence.world.write(record: label.bytes(of: order.recordSize))
                } catch  where error.meansFull {
                    // After its early warning a tape takes the next write (KERNEL H35).
                    try sequence.world.write(record: label.bytes(of: order.recordSize))
                }
                return
            } catch  where error.meansFull && written.bytes > 0 {
                try goOn(to: current.number + 1)
            } catch {
                throw .cannotEnd(error, volume: current.number)
            }
        }
    }

    private func result(_ error: VolumeError?) -> VolumeResult {
        var result = VolumeResult(order, sequence.volumes, error)
        result.set = set
        result.feeding = sequence.pump?.facts
        let padding = Int(result.feeding?.records?.padded ?? 0)
        result.unwritten = Int64(max(0, (sequence.pump?.progress.held ?? 0) - padding))
        result.hasInputLeft = sequence.pump.map { $0.progress.source == .open } ?? true
        return result
    }
}

extension Errno {
    /// There is no room for more where it was written.
    var meansFull: Bool { self == .noSpace || self == .fileTooLarge }
}
