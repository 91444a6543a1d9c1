import CLinux

/// Page-aligned memory in blocks of one size. Each block is mapped when it is needed.
///
/// The kernel supplies a page only at the first write, so a block costs only its used pages.
@safe package final class MemoryBlocks {
    package let size: Int
    private var starts: [UnsafeMutableRawPointer] = unsafe []
    private var isLeaked = false
    /// What others get when there is no memory for one more block.
    private var reserve: UnsafeMutableRawPointer?

    /// - Parameters:
    ///   - size: The bytes of each block, more than 0.
    ///   - leavesRoom: Whether as much is left to others where memory gives out.
    package init(size: Int, leavesRoom: Bool = false) {
        precondition(size > 0)
        self.size = size
        if leavesRoom { unsafe reserve = linux_map_memory(size) }
    }

    deinit {
        giveReserve()
        if isLeaked { return }
        for block in 0..<count { _ = unsafe linux_unmap_memory(starts[block], size) }
    }

    /// Leaves the memory mapped forever.
    func leak() { isLeaked = true }

    package var count: Int { unsafe starts.count }

    /// Maps one more block.
    ///
    /// The corresponding C function is `mmap`.
    /// - Returns: Its number, from 0 on.
    /// - Throws: `outOfMemory`.
    package func add() throws(Errno) -> Int {
        guard let start = unsafe linux_map_memory(size) else {
            let error = Errno.current
            giveReserve()
            throw error
        }
        unsafe starts.append(start)
        return count - 1
    }

    private func giveReserve() {
        if let start = unsafe reserve.take() { _ = unsafe linux_unmap_memory(start, size) }
    }

    /// The bytes `range` of a block.
    package subscript(block: Int, range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= size)
        return unsafe .init(start: starts[block] + range.lowerBound, count: range.count)
    }
}
