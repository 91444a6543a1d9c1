import CLinux

/// Page-aligned memory, divided into blocks of one size, for the kernel to fill and to empty.
@safe struct RingBlocks: ~Copyable {
    let count: Int
    let size: Int
    /// `nil` if there is no memory, or none any more.
    private var start: UnsafeMutableRawPointer?

    init(count: Int, size: Int) throws(Errno) {
        precondition(count >= 0 && (0...Int(CInt.max)).contains(size))
        self.count = count
        self.size = size
        guard count * size > 0 else { return }
        unsafe start = linux_map_memory(count * size)
        if unsafe start == nil { throw .current }
    }

    deinit {
        release()
    }

    private func release() {
        if let start = unsafe start { _ = unsafe linux_unmap_memory(start, count * size) }
    }

    mutating func unmap() {
        release()
        leak()
    }

    /// Leaves the memory mapped forever.
    mutating func leak() {
        unsafe start = nil
    }

    subscript(block: Int, range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        precondition((0..<count).contains(block))
        precondition(range.lowerBound >= 0 && range.upperBound <= size)
        let first = unsafe start! + block * size + range.lowerBound
        return unsafe .init(start: first, count: range.count)
    }
}
