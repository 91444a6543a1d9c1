import CLiburing

// Each queues an operation for the next `submit`, under a tag that no other operation in flight may
// have. Each returns false if the queue is full.
extension Ring {
    /// Reads into a block, at an offset in bytes or, without one, at the file's own.
    ///
    /// It waits for a pipe or a terminal, unless that is `O_NONBLOCK`.
    ///
    /// The corresponding C function is `io_uring_prep_read`.
    /// - Returns: Whether the queue had room.
    package func read(
        from source: Descriptor, into block: Int, offset: Int64?, tag: UInt64
    ) -> Bool {
        guard let entry = unsafe nextEntry(tag) else { return false }
        let memory = unsafe blocks[block, 0..<blocks.size]
        let (count, position) = (UInt32(memory.count), Ring.position(offset))
        if isRegistered {
            unsafe io_uring_prep_read_fixed(
                entry, source.number, memory.baseAddress, count, position, CInt(block))
        } else {
            unsafe io_uring_prep_read(entry, source.number, memory.baseAddress, count, position)
        }
        unsafe entry.pointee.user_data = tag
        return true
    }

    /// Writes the bytes `range` of a block, at an offset or, without one, at the file's own.
    ///
    /// The corresponding C function is `io_uring_prep_write`.
    /// - Returns: Whether the queue had room.
    package func write(
        to target: Descriptor, from block: Int, range: Range<Int>, offset: Int64?, tag: UInt64
    ) -> Bool {
        guard let entry = unsafe nextEntry(tag) else { return false }
        let memory = unsafe blocks[block, range]
        let (count, position) = (UInt32(memory.count), Ring.position(offset))
        if isRegistered {
            unsafe io_uring_prep_write_fixed(
                entry, target.number, memory.baseAddress, count, position, CInt(block))
        } else {
            unsafe io_uring_prep_write(entry, target.number, memory.baseAddress, count, position)
        }
        unsafe entry.pointee.user_data = tag
        return true
    }

    /// Writes bytes of other memory, which the ring keeps alive until the operation has ended.
    ///
    /// The corresponding C function is `io_uring_prep_write`.
    /// - Parameter isLinked: Whether the next operation waits until this one has ended, and is
    ///   cancelled if it failed or wrote less (`IOSQE_IO_LINK`).
    /// - Returns: Whether the queue had room.
    package func write(
        to target: Descriptor, _ bytes: UnsafeRawBufferPointer, of memory: MemoryBlocks,
        at offset: Int64?, isLinked: Bool = false, tag: UInt64
    ) -> Bool {
        guard let entry = unsafe nextEntry(tag) else { return false }
        lent.append((tag, memory))
        unsafe io_uring_prep_write(
            entry, target.number, bytes.baseAddress, UInt32(clamping: bytes.count),
            Ring.position(offset))
        // IOSQE_IO_LINK, a macro that the module does not show.
        if isLinked { unsafe entry.pointee.flags |= 1 << 2 }
        unsafe entry.pointee.user_data = tag
        return true
    }

    /// Moves at most `byteCount` bytes inside the kernel; one of the two is a pipe.
    ///
    /// It does not wait for the pipe. It waits for a socket, with the pipe locked for all its
    /// users, unless the socket is `O_NONBLOCK`. A kernel worker runs it, and several in flight
    /// between the same two have no order.
    ///
    /// The corresponding C function is `io_uring_prep_splice`.
    /// - Returns: Whether the queue had room.
    package func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int, tag: UInt64
    ) -> Bool {
        guard let entry = unsafe nextEntry(tag) else { return false }
        let nonblocking: UInt32 = 2  // SPLICE_F_NONBLOCK, which glibc shows to GNU sources only.
        unsafe io_uring_prep_splice(
            entry, source.number, -1, target.number, -1, UInt32(byteCount), nonblocking)
        unsafe entry.pointee.user_data = tag
        return true
    }

    /// Asks the kernel to end an operation early: it ends with `.cancelled` or `.interrupted`, or
    /// as usual if it was too late.
    ///
    /// The corresponding C function is `io_uring_prep_cancel64`.
    /// - Returns: Whether the queue had room.
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
