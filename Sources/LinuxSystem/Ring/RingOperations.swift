import CLiburing

// Each is queued for the next `submit` under a tag that no other operation in flight has; false
// when the queue is full.
extension Ring {
    /// Reads into a block, from the file's own position without an offset.
    ///
    /// A pipe or a terminal is waited for, unless `O_NONBLOCK` is set on it.
    package func read(
        from number: CInt, into block: Int, offset: Int64?, tag: UInt64
    ) -> Bool {
        guard let entry = unsafe nextEntry(tag) else { return false }
        let memory = unsafe blocks[block, 0..<blocks.size]
        let (count, position) = (UInt32(memory.count), Ring.position(offset))
        if isRegistered {
            unsafe io_uring_prep_read_fixed(
                entry, number, memory.baseAddress, count, position, CInt(block))
        } else {
            unsafe io_uring_prep_read(entry, number, memory.baseAddress, count, position)
        }
        unsafe entry.pointee.user_data = tag
        return true
    }

    /// Writes a part of a block, at the file's own position without an offset.
    package func write(
        to number: CInt, from block: Int, range: Range<Int>, offset: Int64?, tag: UInt64
    ) -> Bool {
        guard let entry = unsafe nextEntry(tag) else { return false }
        let memory = unsafe blocks[block, range]
        let (count, position) = (UInt32(memory.count), Ring.position(offset))
        if isRegistered {
            unsafe io_uring_prep_write_fixed(
                entry, number, memory.baseAddress, count, position, CInt(block))
        } else {
            unsafe io_uring_prep_write(entry, number, memory.baseAddress, count, position)
        }
        unsafe entry.pointee.user_data = tag
        return true
    }

    /// Writes from a part of other memory, which is kept until the operation ended.
    package func write(
        to number: CInt, _ bytes: UnsafeRawBufferPointer, of memory: MemoryBlocks,
        at offset: Int64?, tag: UInt64
    ) -> Bool {
        guard let entry = unsafe nextEntry(tag) else { return false }
        lent.append((tag, memory))
        unsafe io_uring_prep_write(
            entry, number, bytes.baseAddress, UInt32(clamping: bytes.count), Ring.position(offset))
        unsafe entry.pointee.user_data = tag
        return true
    }

    /// Moves at most `byteCount` bytes inside the kernel; one of the two is a pipe.
    ///
    /// It does not wait for the pipe. For a socket it does, with the pipe locked for everybody,
    /// unless `O_NONBLOCK` is set on the socket. A kernel worker does it, and of several in flight
    /// between the same two none comes first.
    package func splice(
        from source: CInt, to target: CInt, byteCount: Int, tag: UInt64
    ) -> Bool {
        guard let entry = unsafe nextEntry(tag) else { return false }
        let nonblocking: UInt32 = 2  // SPLICE_F_NONBLOCK, which glibc shows to GNU sources only.
        unsafe io_uring_prep_splice(
            entry, source, -1, target, -1, UInt32(byteCount), nonblocking)
        unsafe entry.pointee.user_data = tag
        return true
    }

    /// Asks for an operation to end early: with `.cancelled` or `.interrupted`, or as it would have
    /// anyway, if it was too late.
    package func cancel(tag: UInt64) -> Bool {
        guard let raw = unsafe raw, let entry = unsafe io_uring_get_sqe(raw) else { return false }
        unsafe io_uring_prep_cancel64(entry, tag, 0)
        unsafe entry.pointee.user_data = Ring.cancelling
        return true
    }

    private func nextEntry(_ tag: UInt64) -> UnsafeMutablePointer<io_uring_sqe>? {
        precondition(tag < Ring.cancelling)
        guard let raw = unsafe raw, let entry = unsafe io_uring_get_sqe(raw) else { return nil }
        tags.append(tag)
        return unsafe entry
    }

    private static func position(_ offset: Int64?) -> UInt64 {
        UInt64(bitPattern: offset ?? -1)
    }
}
