import LinuxSystem

/// What a reservoir pump gives to its target.
///
/// A record that lies in one pipe goes over in one splice when the reader's pipe is empty: only
/// then are there slots for all of it, whatever pieces it came in (KERNEL H11). Any other is copied.
extension ReservoirPump {
    /// Gives what may be given now.
    ///
    /// - Returns: Whether it gave any.
    mutating func give(_ kernel: inout Kernel, _ now: Instant) -> Bool {
        obstacle = findObstacle(&kernel, now)
        guard obstacle == nil, progress.target == .open else { return false }
        return giveOldest(&kernel, now)
    }

    /// Gives what may be given, or hears how a write of it to a file ended.
    mutating func giveOldest(_ kernel: inout Kernel, _ now: Instant) -> Bool {
        do throws(Errno) {
            let count = try giveOldest(nextByteCount, &kernel, now)
            store.remove(count)
            progress.held = store.count
            progress.given += Int64(count)
            patience.end()
            if count == 0 { obstacle = .reader }
            return count > 0
        } catch .wouldBlock {
            obstacle = .reader
        } catch {
            if progress.target == .open { progress.target = .failed(error) }
        }
        return false
    }

    private mutating func giveOldest(
        _ byteCount: Int, _ kernel: inout Kernel, _ now: Instant
    ) throws(Errno) -> Int {
        if record != nil, store.oldest(byteCount).count < byteCount {
            try gather(byteCount, &kernel)
        }
        let count: Int
        switch store.oldest(byteCount) {
        case .pipe(let reader, let byteCount):
            count = try giveSpliced(byteCount, from: reader, &kernel)
        case .memory where isBatch(byteCount):
            return try giveBatch(&kernel, now)
        case .memory(let bytes, let memory):
            count = try unsafe kernel.write(target, bytes, manner(in: memory))
            unsafe givenDigest?(UnsafeRawBufferPointer(rebasing: bytes[..<count]).bytes)
        }
        note(count, byteCount, now)
        return count
    }

    /// Whether whole records go to a file: several at once then, as each wait costs more than a copy.
    private func isBatch(_ byteCount: Int) -> Bool {
        kind == .file && owed == 0 && byteCount == record?.size
    }

    /// Gives the whole records that lie together.
    private mutating func giveBatch(_ kernel: inout Kernel, _ now: Instant) throws(Errno) -> Int {
        guard let size = record?.size,
            case .memory(let all, let memory) = store.oldest(max(size, Self.batchByteCount))
        else { return 0 }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: all.prefix(all.count / size * size))
        let count = try unsafe kernel.write(target, bytes, .patient(memory, record: size))
        unsafe givenDigest?(UnsafeRawBufferPointer(rebasing: bytes[..<count]).bytes)
        let rest = count % size
        counts?.add(whole: count / size, hasShort: rest > 0, now)
        owed = rest > 0 ? size - rest : 0
        return count
    }

    private static var batchByteCount: Int { 1 << 20 }

    /// Where the kernel does not splice to the target, a copy of the bytes goes there.
    private mutating func giveSpliced(
        _ byteCount: Int, from reader: Descriptor, _ kernel: inout Kernel
    ) throws(Errno) -> Int {
        do throws(Errno) {
            let count = try kernel.splice(from: reader, to: target, byteCount: byteCount)
            mustFindEmpty = true
            return count
        } catch  where error.meansAnotherWay {
            store.refusePipes()
            try gather(byteCount, &kernel)
            guard case .memory(let bytes, let memory) = store.oldest(byteCount) else { throw error }
            return try unsafe kernel.write(target, bytes, manner(in: memory))
        }
    }

    private func manner(in memory: MemoryBlocks) -> WriteManner {
        switch kind {
        case .file: .patient(memory, record: nil)
        case .stream: .some
        // Only for whole records the pipe was asked for its room.
        case .pipe: record != nil && owed == 0 ? .whole : .some
        }
    }

    /// Brings together what lies in several places.
    private mutating func gather(_ byteCount: Int, _ kernel: inout Kernel) throws(Errno) {
        let space = try unsafe store.space(forOldest: byteCount)
        var count = 0
        defer { store.putBack(count) }
        while count < byteCount {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: space[count..<byteCount])
            do throws(Errno) { count += try unsafe takeOldest(into: rest, &kernel) } catch {
                // What is there can be read: asking again would find less of it.
                throw error == .wouldBlock ? .badState : error
            }
        }
    }

    private mutating func takeOldest(
        into space: UnsafeMutableRawBufferPointer, _ kernel: inout Kernel
    ) throws(Errno) -> Int {
        let count: Int
        switch store.oldest(space.count) {
        case .memory(let bytes, _):
            unsafe space.copyMemory(from: bytes)
            count = bytes.count
        case .pipe(let reader, let byteCount):
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: space[..<byteCount])
            count = try unsafe kernel.read(reader, into: part)
        }
        store.remove(count)
        return count
    }

    private mutating func note(_ count: Int, _ wanted: Int, _ now: Instant) {
        guard let record else { return }
        // A stream has no records to tear.
        if owed == 0 {
            counts?.add(isWhole: (kind == .stream ? wanted : count) == record.size, now)
        }
        owed = wanted - count
    }

    /// Takes the oldest bytes out that nobody will read any more.
    package mutating func drain(_ byteCount: Int, _ kernel: inout Kernel) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(byteCount, store.count))
        let taken = unsafe bytes.withUnsafeMutableBytes {
            unsafe (try? takeOldest(into: $0, &kernel)) ?? 0
        }
        bytes.removeLast(bytes.count - taken)
        progress.held = store.count
        return bytes
    }

    // MARK: What may be given

    /// How much to give in one call; 0 when there is no whole record yet.
    private var nextByteCount: Int {
        guard let record else { return store.count }
        if owed > 0 { return owed }
        return hasEnded || store.count >= record.size
            ? min(store.count, record.size) : 0
    }

    private mutating func findObstacle(_ kernel: inout Kernel, _ now: Instant) -> Obstacle? {
        if isHeld { return .change }
        guard nextByteCount > 0 else { return .nothing }
        let fill = Int64(store.count)
        let mustFeed = hasEnded || store.isFull
        let mayFeed = watermarks?.mayFeed(
            fill, of: Int64(store.capacity), mustFeed: mustFeed, now)
        guard mayFeed ?? true else { return .watermark }
        return hasRoom(&kernel) ? nil : .reader
    }

    private mutating func hasRoom(_ kernel: inout Kernel) -> Bool {
        guard case .pipe(let capacity) = kind, let record, owed == 0 else { return true }
        let queued = kernel.queuedByteCount(target)
        if queued == 0 {
            mustFindEmpty = false
            return true
        }
        guard !mustFindEmpty, case .memory = store.oldest(1) else { return false }
        return RecordRoom(recordSize: record.size, capacity: capacity)
            .takesOneMore(queued: queued)
    }
}
