import LinuxSystem

/// Bytes in the order in which they came, in memory that grows with them.
///
/// A block that was emptied is the next to be filled: it is still in the cache, and no page is
/// touched before one more is needed.
package struct MemoryQueue {
    private static let blockSize = 1 << 20
    /// How far it grows before it looks whether there is memory for as much again.
    private static let lookingStep = 64 << 20

    let blocks: MemoryBlocks
    /// What never lies in two blocks.
    let unit: Int
    private let available: () -> Int64?
    /// How many blocks there may be.
    private var limit: Int
    private var free: [Int] = []
    /// The blocks with bytes, and the one that is being filled.
    private var queue = Queue()
    /// Where the bytes begin in the oldest block, and end in the newest.
    private var start = 0
    private var end = 0
    package private(set) var count = 0

    /// - Parameters:
    ///   - byteCount: What it should hold; at least two blocks.
    ///   - unit: What is never to lie in two blocks, while all that is taken out is such units.
    ///   - available: How much memory there is now, looked at again as the queue grows: what was
    ///     there at the start others may have taken.
    /// - Throws: When there is no memory for any.
    package init(
        byteCount: Int, unit: Int = 1, available: @escaping () -> Int64? = { nil }
    ) throws(Errno) {
        self.unit = unit
        self.available = available
        let size = unit < MemoryQueue.blockSize ? MemoryQueue.blockSize / unit * unit : unit
        blocks = MemoryBlocks(size: size, leavesRoom: true)
        limit = max(2, byteCount / size)
        free.append(try blocks.add())
    }

    /// What it can hold: less than was asked for when there is no memory for more.
    package var capacity: Int { limit * blocks.size }

    /// Whether nothing can be put into it now.
    package var isFull: Bool {
        needsBlock && free.isEmpty && blocks.count >= limit
    }

    // MARK: Putting in

    /// Memory to fill; `nil` when there is none.
    package mutating func space() -> UnsafeMutableRawBufferPointer? {
        if needsBlock {
            guard let block = takeBlock() else { return nil }
            if queue.isEmpty { start = 0 }
            queue.append(block)
            end = 0
        }
        guard let newest = queue.newest else { return nil }
        return unsafe blocks[newest, end..<blocks.size]
    }

    /// So many bytes were put into what `space` gave.
    package mutating func filled(_ byteCount: Int) {
        precondition(byteCount >= 0 && byteCount <= blocks.size - end)
        end += byteCount
        count += byteCount
    }

    /// Puts the bytes in, past the limit if they must.
    ///
    /// - Throws: Where there is no memory; some of them may be in by then.
    package mutating func append(_ bytes: [UInt8]) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if isFull { limit += 1 }
            guard let space = unsafe space() else { throw .outOfMemory }
            let piece = rest.prefix(space.count)
            unsafe piece.withUnsafeBytes { unsafe space.copyMemory(from: $0) }
            filled(piece.count)
            rest = rest.dropFirst(piece.count)
        }
    }

    private var needsBlock: Bool { queue.isEmpty || end == blocks.size }

    private mutating func takeBlock() -> Int? {
        if let block = free.popLast() { return block }
        guard blocks.count < limit else { return nil }
        let step = max(1, MemoryQueue.lookingStep / blocks.size)
        if blocks.count % step == 0, let left = available(), left < 2 * MemoryQueue.lookingStep {
            limit = max(2, blocks.count)
            guard blocks.count < limit else { return nil }
        }
        do throws(Errno) {
            return try blocks.add()
        } catch {
            limit = blocks.count
            return nil
        }
    }

    // MARK: Taking out

    /// The oldest bytes that lie together, at most so many.
    package func oldest(_ byteCount: Int) -> UnsafeRawBufferPointer {
        guard count > 0, let oldest = queue.oldest else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        let last = queue.count == 1 ? end : blocks.size
        return unsafe UnsafeRawBufferPointer(
            blocks[oldest, start..<min(last, start + byteCount)])
    }

    /// The bytes that lie together from a place on, at most so many.
    ///
    /// - Parameter place: From the oldest byte on, which is 0.
    func bytes(at place: Int, _ byteCount: Int) -> UnsafeRawBufferPointer {
        precondition(place < count)
        let (block, first) = (start + place).quotientAndRemainder(dividingBy: blocks.size)
        let last = block == queue.count - 1 ? end : blocks.size
        return unsafe UnsafeRawBufferPointer(
            blocks[queue[block], first..<min(last, first + byteCount)])
    }

    /// So many of the oldest bytes are needed no more, wherever they lie.
    mutating func drop(_ byteCount: Int) {
        var rest = byteCount
        while rest > 0 {
            let piece = unsafe oldest(rest).count
            remove(piece)
            rest -= piece
        }
    }

    /// The oldest bytes are needed no more; they lay together.
    package mutating func remove(_ byteCount: Int) {
        guard byteCount > 0, let oldest = queue.oldest else { return }
        precondition(byteCount <= (queue.count == 1 ? end : blocks.size) - start)
        start += byteCount
        count -= byteCount
        guard start == blocks.size || count == 0 else { return }
        free.append(oldest)
        queue.removeOldest()
        start = 0
        if count == 0 { end = 0 }
    }
}
