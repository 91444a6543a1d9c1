import LinuxSystem

/// Bytes in the order in which they came: in pipes first, in memory what these do not take.
///
/// What is in the pipes is older than what is in memory: they take nothing while memory has any.
/// Oldest of all is what was taken out of either to lie together.
package struct Reservoir {
    /// Where the next bytes can be put.
    @safe package enum Room {
        case pipe(writer: Descriptor, byteCount: Int)
        case memory(UnsafeMutableRawBufferPointer)
        case none
    }

    /// The oldest bytes, as far as they lie together.
    @safe package enum Oldest {
        case pipe(reader: Descriptor, byteCount: Int)
        case memory(UnsafeRawBufferPointer, of: MemoryBlocks)

        var count: Int {
            switch self {
            case .pipe(_, let byteCount): byteCount
            case .memory(let bytes, _): bytes.count
            }
        }
    }

    private var front: MemoryQueue?
    private var pool: PipePool?
    private var memory: MemoryQueue
    /// Whether bytes are still put into pipes.
    private var fillsPipes = true

    /// - Parameter pool: The pipes that come before the memory.
    package init(_ memory: consuming MemoryQueue, after pool: PipePool? = nil) {
        self.memory = memory
        self.pool = pool
    }

    package var count: Int { (front?.count ?? 0) + (pool?.count ?? 0) + memory.count }

    /// Whether anything is kept in pipes at all.
    package var hasPipes: Bool { fillsPipes && pool?.isUsable == true }

    /// What each of its pipes holds; `nil` where it has none.
    var pipeCapacity: Int? { pool?.pipeCapacity }

    /// What it can hold: less than was asked for when there is no memory for more.
    package var capacity: Int { memory.capacity }

    /// Whether nothing can be put into it now.
    package var isFull: Bool { count >= capacity || memory.isFull }

    // MARK: Putting in

    /// The capacity of one more pipe, where that would be filled next.
    package var wantedPipe: Int? {
        guard fillsPipes, let pool, memory.count == 0, !pool.hasRoom, pool.canGrow else {
            return nil
        }
        return pool.pipeCapacity
    }

    /// - Parameter ends: `nil` when there are no more to be had.
    package mutating func add(_ ends: PipePool.Ends?) {
        if let ends { pool?.add(ends) } else { pool?.stopGrowing() }
    }

    /// Where the next bytes go, and how many of them.
    package mutating func room() -> Room {
        let spare = capacity - count
        guard spare > 0 else { return .none }
        if fillsPipes, memory.count == 0, let writer = pool?.writer() {
            return .pipe(writer: writer, byteCount: spare)
        }
        guard let space = unsafe space() else { return .none }
        return unsafe .memory(space)
    }

    /// Memory for the next bytes, whatever room the pipes may have.
    package mutating func space() -> UnsafeMutableRawBufferPointer? {
        let spare = capacity - count
        guard spare > 0, let space = unsafe memory.space() else { return nil }
        return unsafe UnsafeMutableRawBufferPointer(rebasing: space.prefix(spare))
    }

    /// So many bytes were put into the pipe that `room` gave.
    package mutating func filledPipe(_ byteCount: Int) {
        // What is in the pipes is older than what is in memory.
        precondition(memory.count == 0)
        pool?.filled(byteCount)
    }

    /// The pipe that `room` gave takes no more.
    package mutating func sealPipe() { pool?.seal() }

    /// Bytes cannot be spliced: all that comes goes into memory.
    package mutating func refusePipes() { fillsPipes = false }

    /// So many bytes were put into the memory that `room` gave.
    package mutating func filledMemory(_ byteCount: Int) { memory.filled(byteCount) }

    /// Puts the bytes into memory, past its limit if they must.
    package mutating func append(_ bytes: [UInt8]) throws(Errno) { try memory.append(bytes) }

    // MARK: Taking out

    /// At most so many bytes; none of them when there are none.
    package func oldest(_ byteCount: Int) -> Oldest {
        if let front, front.count > 0 {
            return unsafe .memory(front.oldest(byteCount), of: front.blocks)
        }
        if let oldest = pool?.oldest {
            return .pipe(reader: oldest.reader, byteCount: min(byteCount, oldest.byteCount))
        }
        return unsafe .memory(memory.oldest(byteCount), of: memory.blocks)
    }

    /// So many of the oldest bytes are here no more.
    package mutating func remove(_ byteCount: Int) {
        if let front, front.count > 0 {
            self.front?.remove(byteCount)
        } else if let pool, pool.count > 0 {
            self.pool?.remove(byteCount)
        } else {
            memory.remove(byteCount)
        }
    }

    /// Memory for so many of the oldest bytes, which then lie together; none of them may lie there.
    ///
    /// - Throws: When there is no memory.
    mutating func space(forOldest byteCount: Int) throws(Errno) -> UnsafeMutableRawBufferPointer {
        precondition(front?.count ?? 0 == 0)
        if front?.unit ?? 0 < byteCount {
            front = try MemoryQueue(byteCount: byteCount, unit: byteCount)
        }
        return unsafe front?.space() ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    /// So many bytes, removed before, were put into the space for the oldest.
    mutating func putBack(_ byteCount: Int) { front?.filled(byteCount) }
}
