import CLinux

/// Page-aligned memory in blocks of one size, each mapped when it is needed.
///
/// The kernel gives a page only when it is first written, so that a block costs what is in it.
@safe package final class MemoryBlocks {
    package let size: Int
    private var starts: [UnsafeMutableRawPointer] = unsafe []
    private var isLeaked = false

    package init(size: Int) {
        precondition(size > 0)
        self.size = size
    }

    deinit {
        if isLeaked { return }
        for block in 0..<count { _ = unsafe linux_unmap_memory(starts[block], size) }
    }

    /// Leaves the memory mapped for ever.
    func leak() { isLeaked = true }

    package var count: Int { unsafe starts.count }

    /// Maps one more block.
    ///
    /// - Returns: Its number.
    package func add() throws(Errno) -> Int {
        guard let start = unsafe linux_map_memory(size) else { throw .current }
        unsafe starts.append(start)
        return count - 1
    }

    package subscript(block: Int, range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= size)
        return unsafe .init(start: starts[block] + range.lowerBound, count: range.count)
    }
}
