import CLiburing

/// Reads, writes and splices that run while we wait for something else; the ring's descriptor is
/// readable when one of them has ended.
///
/// Only the thread that made the ring may use it. Keep descriptors open until their operations have
/// ended, and ignore `SIGPIPE`. The operations read into and write from blocks of memory that the
/// ring owns; a block serves one operation at a time.
///
/// The manual page is `io_uring(7)`.
@safe package final class Ring {
    package let setup: RingSetup
    /// `nil` once closed.
    var raw: UnsafeMutablePointer<io_uring>?
    var blocks: RingBlocks
    /// The operations without a completion so far, queued ones included.
    var tags: [UInt64] = []
    /// The error of a look for completions, until `submit` throws it.
    var failure: Errno?
    /// Memory that writes in flight take from and the ring does not own: a request owns its buffer.
    var lent: [(tag: UInt64, memory: MemoryBlocks)] = []

    /// Why the kernel refused to register the blocks, which only makes them slower: `outOfMemory`
    /// if they exceed the limit of locked memory (`ulimit -l`).
    package let registrationError: Errno?

    /// Makes a ring for at most `entries` operations in one submission.
    ///
    /// Registered blocks take their memory at once, others as they fill.
    ///
    /// The corresponding C function is `io_uring_setup`.
    /// - Parameters:
    ///   - blockSize: The bytes of each block.
    /// - Throws: `notImplemented`, `notPermitted` or `accessDenied` if this process may not use
    ///   io_uring; `outOfMemory`.
    package convenience init(
        entries: UInt32, blockCount: Int, blockSize: Int
    ) throws(Errno) {
        try self.init(
            entries: entries, blockCount: blockCount, blockSize: blockSize,
            setups: RingSetup.allCases)
    }

    /// Makes a ring with the first of `setups` that this kernel knows.
    ///
    /// - Throws: The same errors.
    package init(
        entries: UInt32, blockCount: Int, blockSize: Int, setups: [RingSetup]
    ) throws(Errno) {
        let blocks = try RingBlocks(count: blockCount, size: blockSize)
        let raw: UnsafeMutablePointer<io_uring>
        unsafe (raw, setup) = try Ring.open(entries, setups)
        registrationError = unsafe Ring.register(blocks, with: raw)
        unsafe self.raw = raw
        self.blocks = consume blocks
    }

    deinit {
        close()
    }

    /// The descriptor to wait on until it can be read; `closed` once it is.
    package var descriptor: Descriptor {
        unsafe raw.map { unsafe Descriptor(number: $0.pointee.ring_fd) } ?? .closed
    }

    package var isRegistered: Bool { registrationError == nil }

    /// A copy of the bytes `range` of an open ring's block.
    package func bytes(in block: Int, _ range: Range<Int>) -> [UInt8] {
        unsafe [UInt8](blocks[block, range])
    }
}

extension Ring {
    private static func open(
        _ entries: UInt32, _ setups: [RingSetup]
    ) throws(Errno) -> (UnsafeMutablePointer<io_uring>, RingSetup) {
        let raw = UnsafeMutablePointer<io_uring>.allocate(capacity: 1)
        var error = Errno.invalid
        for setup in setups {
            unsafe raw.initialize(to: io_uring())
            let result = unsafe io_uring_queue_init(entries, raw, setup.flags)
            if result == 0 {
                // In a forked process it would outlive our close.
                _ = unsafe io_uring_ring_dontfork(raw)
                return unsafe (raw, setup)
            }
            error = Errno(-result)
            // This is an older kernel's answer to a flag that it does not know.
            if error != .invalid { break }
        }
        unsafe raw.deallocate()
        throw error
    }

    private static func register(
        _ blocks: borrowing RingBlocks, with raw: UnsafeMutablePointer<io_uring>
    ) -> Errno? {
        guard blocks.count * blocks.size > 0 else { return nil }
        var all: [iovec] = unsafe []
        for block in 0..<blocks.count {
            let memory = unsafe blocks[block, 0..<blocks.size]
            unsafe all.append(iovec(iov_base: memory.baseAddress, iov_len: memory.count))
        }
        let result = unsafe io_uring_register_buffers(raw, all, UInt32(all.count))
        return result < 0 ? Errno(-result) : nil
    }
}
