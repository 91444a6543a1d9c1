import LinuxSystem

/// What was given to a connection and its peer has not acknowledged: another connection may have to
/// carry it again.
///
/// What is in memory is older than what is in the pipes, which share the pages of the connection.
package final class Keeper {
    /// Tells, of so many given bytes of the stream, how many the peer's kernel has for certain.
    var acknowledged: (Int64) -> Int64
    private var memory: MemoryQueue?
    private var pool: PipePool
    /// What it may keep, in bytes.
    private let limit: Int
    /// Where in the stream the oldest byte stands.
    private(set) var start: Int64 = 0
    private var askedAt: Int64 = 0

    /// - Parameters:
    ///   - mostPipes: How many pipes it may have.
    ///   - pipeCapacity: What each of them holds in whole pages, in bytes.
    ///   - acknowledged: Tells, of so many given bytes of the stream, how many the peer's kernel has.
    package init(
        mostPipes: Int = PipePool.limit(PipePool.usualCapacity),
        pipeCapacity: Int = PipePool.usualCapacity, acknowledged: @escaping (Int64) -> Int64
    ) {
        self.acknowledged = acknowledged
        pool = PipePool(pipeCapacity: pipeCapacity, limit: mostPipes)
        limit = mostPipes * pipeCapacity
    }

    /// What it keeps in one call at most.
    private var step: Int { pool.pipeCapacity }
    /// After how much more it asks what was acknowledged, and how much of that it lets go of at
    /// least: with what one call gives, it keeps no more than one and a half times a pipe of what the
    /// peer has.
    private var lookEvery: Int { pool.pipeCapacity / 4 }
    /// A pipe that holds as much takes no more while there is another: each tee of much has one.
    private var enough: Int { pool.pipeCapacity / 4 }

    /// How many bytes it keeps.
    package var count: Int { (memory?.count ?? 0) + pool.count }

    /// Where in the stream the bytes in memory end, and all that it keeps.
    var memoryEnd: Int64 { start + Int64(memory?.count ?? 0) }
    var end: Int64 { start + Int64(count) }

    /// What lies together in memory from a byte of the stream on.
    func bytes(at place: Int64) -> UnsafeRawBufferPointer {
        guard let memory, place < memoryEnd else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return unsafe memory.bytes(at: Int(place - start), Mover.usualBlockSize)
    }

    // MARK: Keeping

    /// Keeps what stands first in a pipe that has so many bytes, before any of it is given.
    ///
    /// - Returns: Whether it did; otherwise it is full, until more is acknowledged.
    func keep(
        _ byteCount: Int, from pipe: Descriptor, _ kernel: inout some RelayKernel
    ) throws(Errno) -> Bool {
        guard hasRoom else { return false }
        do throws(Errno) {
            while let writer = try writer(&kernel) {
                if try tee(byteCount, from: pipe, to: writer, &kernel) { return true }
            }
            // There is not one pipe.
            try copy(byteCount, from: pipe, &kernel)
            return true
        } catch .outOfMemory {
            return false
        }
    }

    private func tee(
        _ byteCount: Int, from pipe: Descriptor, to writer: Descriptor,
        _ kernel: inout some RelayKernel
    ) throws(Errno) -> Bool {
        do throws(Errno) {
            let kept = try kernel.tee(from: pipe, to: writer, byteCount: min(byteCount, step))
            pool.filled(kept)
            return true
        } catch .wouldBlock {
            // An empty one would have taken some.
            guard pool.filling ?? 0 > 0 else { throw .badState }
            pool.seal()
            return false
        }
    }

    /// The pipe for what comes next; `nil` if there are none at all.
    ///
    /// - Throws: `outOfMemory` if all are full of small pieces, which have no other place.
    private func writer(_ kernel: inout some RelayKernel) throws(Errno) -> Descriptor? {
        if pool.filling ?? enough >= enough, !pool.hasEmpty, pool.canGrow {
            if let ends = kernel.makePipe(capacity: pool.pipeCapacity) {
                pool.add(ends)
            } else {
                pool.stopGrowing()
            }
        }
        if pool.filling ?? 0 >= enough, pool.hasEmpty { pool.seal() }
        if !pool.hasRoom { try packOldest(&kernel) }
        return pool.writer()
    }

    /// Whether it may keep more.
    var hasRoom: Bool { count < limit }

    /// Memory for the next bytes, which must not be younger than any in pipes.
    ///
    /// - Throws: `outOfMemory`.
    func space() throws(Errno) -> UnsafeMutableRawBufferPointer {
        if memory == nil { memory = try makeMemory() }
        guard let space = unsafe memory?.space() else { throw .outOfMemory }
        return unsafe UnsafeMutableRawBufferPointer(
            rebasing: space.prefix(Mover.usualBlockSize))
    }

    /// So many bytes were put into the space.
    func filled(_ byteCount: Int) { memory?.filled(byteCount) }

    /// Takes what stands first in a pipe out of it, at most so many bytes, into memory.
    ///
    /// - Returns: How many there were.
    @discardableResult @inline(never)
    func copy(
        _ byteCount: Int, from pipe: Descriptor, _ kernel: inout some RelayKernel
    ) throws(Errno) -> Int {
        let space = try unsafe space()
        let count = try unsafe kernel.read(
            pipe, into: UnsafeMutableRawBufferPointer(rebasing: space.prefix(byteCount)))
        guard count > 0 else { throw .badState }
        memory?.filled(count)
        return count
    }

    /// Keeps the bytes as well, if nothing is in pipes.
    func append(_ bytes: [UInt8]) throws(Errno) {
        if memory == nil { memory = try makeMemory() }
        try memory?.append(bytes)
    }

    private func makeMemory() throws(Errno) -> MemoryQueue {
        try MemoryQueue(byteCount: 2 * limit, available: HostMemory.available)
    }

    // MARK: Packing

    /// Brings all that is in pipes into memory, from which it can be given more than once.
    func pack(_ kernel: inout some RelayKernel) throws(Errno) {
        while pool.count > 0 { try packOldest(&kernel) }
    }

    /// Small pieces fill the slots of a pipe with few bytes.
    private func packOldest(_ kernel: inout some RelayKernel) throws(Errno) {
        guard let (reader, byteCount) = pool.oldest else { return }
        var rest = byteCount
        while rest > 0 {
            let count = try copy(rest, from: reader, &kernel)
            pool.remove(count)
            rest -= count
        }
    }

    // MARK: Letting go

    /// Lets go of what the peer has of so many given bytes.
    func drop(given: Int64, _ kernel: inout some RelayKernel) {
        guard !hasRoom || given - askedAt >= Int64(lookEvery) else { return }
        askedAt = given
        let safe = acknowledged(given)
        dropMemory(before: safe)
        while let oldest = pool.oldest, safe - start >= min(oldest.byteCount, lookEvery) {
            guard let count = try? toss(Int(safe - start), &kernel), count > 0 else { return }
        }
    }

    private func dropMemory(before place: Int64) {
        let byteCount = min(memory?.count ?? 0, Int(max(0, place - start)))
        memory?.drop(byteCount)
        start += Int64(byteCount)
        if pool.count > 0, memory?.count == 0 { memory = nil }
    }

    private func toss(_ byteCount: Int, _ kernel: inout some RelayKernel) throws(Errno) -> Int {
        guard let oldest = pool.oldest else { return 0 }
        let count = try kernel.toss(oldest.reader, byteCount: min(byteCount, oldest.byteCount))
        pool.remove(count)
        start += Int64(count)
        return count
    }

    /// Lets go of everything before a byte of the stream, and gives the rest from memory.
    func rewind(to place: Int64, _ kernel: inout some RelayKernel) throws(Errno) {
        dropMemory(before: place)
        while start < place {
            guard try toss(Int(place - start), &kernel) > 0 else { throw .badState }
        }
        try pack(&kernel)
        askedAt = place
    }

    /// Keeps nothing any more.
    func close() {
        memory = nil
        pool = PipePool(pipeCapacity: pool.pipeCapacity, limit: 0)
    }
}
