import LinuxSystem
import Plumbing

/// Reads a stream back from the volumes that it is on.
package struct VolumeReader<World: VolumeWorld> {
    package private(set) var sequence: VolumeChanging<World>
    private let order: VolumeOrder
    /// Of the first volume.
    private var label: VolumeLabel?
    private var set: VolumeSet? { label?.set }
    private var current = VolumeFacts(1)
    private var start: Instant
    private var checksum: Checksum?
    private var room: RecordBuffer
    /// Bytes of the present file that belong to the stream and are still to be read; `nil` on a tape.
    private var rest: Int64?
    private var endLabel: EndLabel?
    private var readCount = 0

    /// - Throws: When there is no memory for a record.
    package init(_ order: VolumeOrder, _ world: World) throws(VolumeError) {
        self.order = order
        sequence = VolumeChanging(order, world)
        start = world.now
        room = try RecordBuffer(order.record ?? RecordBuffer.usualSize)
    }

    /// Reads until the set ends, or nothing more can be read.
    package mutating func run() -> VolumeResult {
        do throws(VolumeError) {
            try readAll()
            return result(nil)
        } catch {
            noteVolume(isComplete: false)
            try? sequence.world.close()
            return result(error)
        }
    }

    private mutating func readAll() throws(VolumeError) {
        var number = order.volumes?.lowerBound ?? 1
        var trouble: VolumeTrouble?
        while true {
            try openVolume(number, because: trouble)
            beginVolume(number)
            try readVolume()
            let isLast = try isLast(number)
            try finishVolume()
            if isLast { return try checkCounts() }
            number += 1
            trouble = .ended
        }
    }

    // MARK: One volume

    private mutating func openVolume(
        _ number: Int, because trouble: VolumeTrouble?
    ) throws(VolumeError) {
        let order = order
        var (first, room, rest, endLabel) = (label, room, Int64?.none, EndLabel?.none)
        let end = sequence.volumes.reduce(label?.start ?? 0) { $0 + $1.bytes }
        try sequence.open(number, changingBecause: trouble) {
            (world, medium) throws(VolumeStop) in
            room.fit(medium.tape?.blockSize)
            rest = nil
            if case .file(let count, _) = medium.kind { rest = count }
            guard let name = order.label else { return }
            let label = try Self.readLabel(&world, medium, &room)
            guard let label else { throw .trouble(.hasNoLabel) }
            guard label.set.name == name, first == nil || first?.set == label.set,
                order.expectedSet == nil || order.expectedSet == label.set.id
            else { throw .trouble(.isOfOtherSet(label.set)) }
            guard label.volume == number else { throw .trouble(.isVolume(label.volume)) }
            guard first == nil || label.start == end else {
                throw .error(.doesNotFollow(volume: number, start: label.start, end: end))
            }
            first = first ?? label
            guard let count = rest else { return }
            endLabel = Self.endLabel(&world, label, count)
            rest = count - Int64(label.record) * (endLabel == nil ? 1 : 2)
        }
        (self.label, self.room, self.rest, self.endLabel) = (first, room, rest, endLabel)
    }

    /// - Returns: `nil` where there is none; what is behind it is read next.
    private static func readLabel(
        _ world: inout World, _ medium: Medium, _ room: inout RecordBuffer
    ) throws(VolumeStop) -> VolumeLabel? {
        switch medium.kind {
        case .tape(let tape):
            if let block = tape.blockSize { return readLabel(&world, inBlocksOf: block) }
            do throws(Errno) {
                let count = try readRecord(&world, &room)
                return unsafe VolumeLabel(room.bytes[..<count])
            } catch {
                return nil
            }
        case .file: return readLabel(&world, inBlocksOf: VolumeOrder.leastLabelled)
        case .device, .unfit: throw .error(.labelsNeedVolumes)
        }
    }

    /// Where a read takes what it is asked for, the label tells how long it is itself.
    private static func readLabel(
        _ world: inout World, inBlocksOf block: Int
    ) -> VolumeLabel? {
        let least = (VolumeOrder.leastLabelled + block - 1) / block * block
        guard let label = VolumeLabel(read(least, &world)), label.record >= least else {
            return nil
        }
        return read(label.record - least, &world).count == label.record - least ? label : nil
    }

    private static func read(_ byteCount: Int, _ world: inout World) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var count = 0
        unsafe bytes.withUnsafeMutableBytes { memory in
            while count < byteCount {
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count...])
                guard let more = try? unsafe world.read(into: rest), more > 0 else { return }
                count += more
            }
        }
        return [UInt8](bytes.prefix(count))
    }

    /// The end label that is the last record of a file.
    private static func endLabel(
        _ world: inout World, _ label: VolumeLabel, _ byteCount: Int64
    ) -> EndLabel? {
        guard byteCount >= 2 * label.record, let tail = try? world.tail(label.record),
            let end = EndLabel(tail), end.set == label.set
        else { return nil }
        return end
    }

    private mutating func beginVolume(_ number: Int) {
        current = VolumeFacts(number)
        start = sequence.world.now
        checksum = order.hasHash ? Checksum() : nil
    }

    private mutating func readVolume() throws(VolumeError) {
        while rest != 0 {
            let count: Int
            do throws(Errno) { count = try readRecord() } catch {
                let isBehindAll = sequence.world.tape?.isAtEnd ?? false
                if error == .inputOutput, isBehindAll {
                    throw .endsWithoutMark(volume: current.number, record: current.records)
                }
                throw .cannotRead(
                    error, volume: current.number, record: current.records + 1,
                    byte: current.bytes)
            }
            guard count > 0 else { break }
            try give(count)
        }
        // A file that was cut meanwhile has fewer bytes than it had.
        if let rest, rest > 0 {
            throw .cannotRead(
                .misplaced, volume: current.number, record: current.records + 1,
                byte: current.bytes)
        }
    }

    private mutating func readRecord() throws(Errno) -> Int {
        guard let rest else { return try Self.readRecord(&sequence.world, &room) }
        let part = unsafe UnsafeMutableRawBufferPointer(
            rebasing: room.bytes.prefix(Int(min(rest, Int64(room.bytes.count)))))
        let count = try unsafe sequence.world.read(into: part)
        self.rest = rest - Int64(count)
        return count
    }

    /// Finds out how large the room must be: a record that is larger is read once more.
    private static func readRecord(
        _ world: inout World, _ room: inout RecordBuffer
    ) throws(Errno) -> Int {
        while true {
            do throws(Errno) {
                let count = try unsafe world.read(into: room.bytes)
                room.isProven = true
                return count
            } catch .outOfMemory where room.canGrow {
                // The tape stands behind the record (KERNEL H36).
                try world.backUp()
                try room.grow()
            } catch .invalid where room.canShrink {
                room.shrink()
            }
        }
    }

    private mutating func give(_ count: Int) throws(VolumeError) {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: room.bytes[..<count])
        if order.label == nil, current.bytes == 0, let label = unsafe VolumeLabel(bytes) {
            sequence.world.note(
                "volume \(current.number) begins with a label, which is read as data: "
                    + "--label \(label.set.name) leaves it out")
        }
        unsafe checksum?.add(bytes.bytes)
        if order.direction == .from {
            do throws(Errno) { try unsafe sequence.world.put(bytes) } catch {
                throw .outputFailed(error)
            }
        }
        current.bytes += Int64(count)
        readCount &+= 1
        if readCount % 256 == 0, sequence.world.isAsked() {
            sequence.world.answer(current.sentence)
        }
        // Those of a file cannot be told from each other.
        if rest == nil { current.records += 1 }
    }

    private mutating func finishVolume() throws(VolumeError) {
        noteVolume(isComplete: true)
        do throws(Errno) { try sequence.world.close() } catch {
            throw .cannotEnd(error, volume: current.number)
        }
        if order.direction == .verify { try compare(current) }
    }

    private func compare(_ found: VolumeFacts) throws(VolumeError) {
        guard let expected = order.expected.first(where: { $0.number == found.number }) else {
            throw .notExpected(volume: found.number)
        }
        guard expected.bytes == found.bytes, expected.hash == nil || expected.hash == found.hash
        else { throw .differs(found, expected: expected) }
    }

    private mutating func noteVolume(isComplete: Bool) {
        guard sequence.volumes.last?.number != current.number, current.bytes > 0 || isComplete
        else { return }
        current.isComplete = isComplete
        current.milliseconds = (sequence.world.now - start).milliseconds
        current.hash = checksum?.finish()
        sequence.volumes.append(current)
    }

    // MARK: The end

    /// Whether the set ends with this volume: what was asked for, or what stands behind its file mark,
    /// says so.
    private mutating func isLast(_ number: Int) throws(VolumeError) -> Bool {
        if let label, rest == nil {
            let count = (try? Self.readRecord(&sequence.world, &room)) ?? 0
            let end = unsafe EndLabel(room.bytes[..<count])
            // A tape that is full may have a part of it, and the next one the whole.
            endLabel = count == label.record && end?.set == label.set ? end : nil
        }
        if order.label != nil, endLabel == nil {
            guard let last = order.volumes?.upperBound, number >= last else { return false }
            // The report tells --verify how long it is.
            if order.direction == .from {
                sequence.world.note(
                    "volume \(number) has no end label: the set goes on, or the end of it is missing"
                )
            }
        }
        return order.volumes.map { number >= $0.upperBound } ?? true || endLabel != nil
    }

    private func checkCounts() throws(VolumeError) {
        guard let label = endLabel, sequence.volumes.first?.number == 1 else { return }
        let bytes = sequence.volumes.reduce(0) { $0 + $1.bytes }
        guard label.bytes == bytes, label.volumes == sequence.volumes.count else {
            throw .countsDiffer(label, volumes: sequence.volumes.count, bytes: bytes)
        }
    }

    private func result(_ error: VolumeError?) -> VolumeResult {
        var result = VolumeResult(order, sequence.volumes, error)
        result.set = set
        return result
    }
}
