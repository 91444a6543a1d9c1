import LinuxSystem

/// Bytes in the order in which they came, in pipes: they go in and out without a copy.
///
/// How many bytes a pipe takes depends on the pieces in which they come. The one that was emptied
/// last is filled next. It opens nothing by itself: its owner, which has the kernel, gives it pipes.
package struct PipePool: Sendable {
    package typealias Ends = (reader: Descriptor, writer: Descriptor)

    package static let usualCapacity = 1 << 20
    /// Of the 64 MiB that all pipes of a user may have by default: beyond, the user's pipes are small.
    private static let userByteCount = 48 << 20
    /// Each has two descriptors, of the 1024 that a process usually may have: half of them.
    private static let mostPipes = min(256, Process.openFileLimit / 4)

    private var pipes: [(ends: Ends, byteCount: Int)] = []
    private var empty: [Int] = []
    /// The pipes with bytes, and the one that is being filled.
    private var queue = Queue()
    /// Whether the newest takes no more.
    private var isSealed = true
    private var limit: Int
    package private(set) var count = 0
    /// What its pipes are to hold in whole pages.
    package let pipeCapacity: Int

    /// - Parameter limit: How many pipes it may have.
    package init(pipeCapacity: Int, limit: Int) {
        self.pipeCapacity = pipeCapacity
        self.limit = limit
    }

    /// How many pipes we may have.
    package static func limit(_ pipeCapacity: Int) -> Int {
        let byteCount = Pipe.isUnlimited ? Int.max : userByteCount
        return min(mostPipes, max(1, byteCount / pipeCapacity))
    }

    /// Whether there are pipes at all, or will be.
    package var isUsable: Bool { !pipes.isEmpty || canGrow }

    /// Whether there is a pipe to put bytes into.
    package var hasRoom: Bool { !isSealed || !empty.isEmpty }

    var hasEmpty: Bool { !empty.isEmpty }

    package var canGrow: Bool { pipes.count < limit }

    /// Where the next bytes go in; `nil` when another pipe is needed.
    package mutating func writer() -> Descriptor? {
        if isSealed {
            guard let next = empty.popLast() else { return nil }
            queue.append(next)
            isSealed = false
        }
        return queue.newest.map { pipes[$0].ends.writer }
    }

    /// Adds an empty pipe, to be filled next.
    package mutating func add(_ ends: Ends) {
        empty.append(pipes.count)
        pipes.append((ends, 0))
    }

    /// There are no more pipes to be had than it has.
    package mutating func stopGrowing() { limit = pipes.count }

    /// So many bytes were put into the newest pipe.
    package mutating func filled(_ byteCount: Int) {
        precondition(!isSealed)
        guard let newest = queue.newest else { return }
        pipes[newest].byteCount += byteCount
        count += byteCount
    }

    /// The newest pipe takes no more; an empty one always does.
    package mutating func seal() {
        isSealed = queue.newest.map { pipes[$0].byteCount > 0 } ?? true
    }

    /// What is in the newest pipe, if that still takes some; `nil` where it does not.
    var filling: Int? {
        guard !isSealed, let newest = queue.newest else { return nil }
        return pipes[newest].byteCount
    }

    /// Where the oldest bytes come out, and how many of them; `nil` when there are none.
    package var oldest: (reader: Descriptor, byteCount: Int)? {
        guard count > 0, let oldest = queue.oldest else { return nil }
        return (pipes[oldest].ends.reader, pipes[oldest].byteCount)
    }

    /// So many of the oldest bytes were taken out of their pipe.
    package mutating func remove(_ byteCount: Int) {
        guard byteCount > 0, let oldest = queue.oldest else { return }
        precondition(byteCount <= pipes[oldest].byteCount)
        pipes[oldest].byteCount -= byteCount
        count -= byteCount
        guard pipes[oldest].byteCount == 0 else { return }
        empty.append(oldest)
        queue.removeOldest()
        if queue.isEmpty { isSealed = true }
    }
}
