import LinuxSystem

/// Memory for one record whose size is not known.
struct RecordBuffer {
    static let usualSize = 1 << 20
    private static let largest = 64 << 20
    private static let least = 1 << 10

    private var blocks: MemoryBlocks
    private var size: Int
    /// Whether a record was read into it.
    var isProven = false
    private var block: Int?

    init(_ size: Int) throws(VolumeError) {
        self.size = size
        do throws(Errno) { (blocks, _) = try RecordBuffer.make(size) } catch {
            throw .noMemory(error)
        }
    }

    private static func make(_ size: Int) throws(Errno) -> (MemoryBlocks, Int) {
        let blocks = MemoryBlocks(size: size)
        return (blocks, try blocks.add())
    }

    var bytes: UnsafeMutableRawBufferPointer {
        let whole = block.map { size / $0 * $0 } ?? size
        return unsafe blocks[0, 0..<whole]
    }

    /// A drive in fixed-block mode is asked for whole blocks; `nil` takes any size.
    mutating func fit(_ block: Int?) {
        self.block = block.map { min($0, size) }
    }

    var canGrow: Bool { size < RecordBuffer.largest }
    /// A drive refuses a read that is larger than its largest record.
    var canShrink: Bool { !isProven && size / 2 >= RecordBuffer.least }

    mutating func grow() throws(Errno) {
        (blocks, _) = try RecordBuffer.make(2 * size)
        size *= 2
        isProven = true
    }

    mutating func shrink() { size /= 2 }
}
