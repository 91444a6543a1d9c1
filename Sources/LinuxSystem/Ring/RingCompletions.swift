import CLiburing

extension Ring {
    /// The tag of our cancellations, whose own completions we ignore. Not the largest number:
    /// liburing uses that for its time-outs.
    static let cancelling = UInt64.max - 1

    /// The number of operations whose completion we have not taken yet, unsubmitted ones included.
    package var inFlightCount: Int { tags.count }

    /// The number of operations that the kernel has not taken yet.
    package var unsubmittedCount: Int {
        guard let raw = unsafe raw else { return 0 }
        return Int(unsafe io_uring_sq_ready(raw))
    }

    /// Hands the queued operations to the kernel.
    ///
    /// Operations that it cannot take now stay queued for the next call. If the descriptor is
    /// readable, take the completions first; otherwise the kernel is short of memory and needs a
    /// pause.
    ///
    /// The corresponding C function is `io_uring_enter`.
    /// - Throws: Any other error of it, or of an earlier look for completions.
    package func submit() throws(Errno) {
        if let failure { throw failure }
        guard let raw = unsafe raw else { return }
        // The kernel stops after an operation that it rejects; the completion reports that.
        while unsafe io_uring_sq_ready(raw) > 0 {
            let result = unsafe io_uring_submit(raw)
            if result > 0 { continue }
            switch Errno(-result) {
            case .interrupted: continue
            // EBUSY: more completions wait than the ring can hold. EAGAIN: no memory.
            case Errno(0), .busy, .wouldBlock: return
            case let error: throw error
            }
        }
    }

    /// Takes the next completion; `nil` if there is none.
    package func nextCompletion() -> Completion? {
        while let completion = nextOfAny() {
            guard let index = tags.firstIndex(of: completion.tag) else { continue }
            tags.remove(at: index)
            lent.removeAll { $0.tag == completion.tag }
            return completion
        }
        return nil
    }

    /// The next completion, even of a cancellation.
    private func nextOfAny() -> Completion? {
        guard let raw = unsafe raw else { return nil }
        var next: UnsafeMutablePointer<io_uring_cqe>?
        switch Errno(-(unsafe io_uring_peek_cqe(raw, &next))) {
        case Errno(0): break
        case .wouldBlock, .interrupted: return nil
        case let error:
            failure = error
            return nil
        }
        guard let entry = unsafe next else { return nil }
        defer { unsafe io_uring_cqe_seen(raw, entry) }
        return unsafe Completion(tag: entry.pointee.user_data, code: entry.pointee.res)
    }
}

extension Ring {
    /// Asks the kernel to end everything in flight early. The kernel does not find an operation
    /// that it is just starting: ask again.
    package func cancelAll() {
        for tag in tags where !cancel(tag: tag) {
            try? submit()
            _ = cancel(tag: tag)
        }
        try? submit()
    }

    /// Closes the descriptor and frees the memory at once, and asks operations in flight to end.
    ///
    /// `inFlightCount` then says how many had not, such as the read of a file whose server is
    /// silent. Their descriptors must stay open until they end, so cancel and wait first.
    package func close() {
        guard let raw = unsafe raw else { return }
        if inFlightCount > 0 { cancelAll() }
        while nextCompletion() != nil {}
        unsafe io_uring_queue_exit(raw)
        unsafe raw.deallocate()
        unsafe self.raw = nil
        // The kernel may still use the memory of such an operation: never reuse it.
        if inFlightCount > 0 { blocks.leak() } else { blocks.unmap() }
        for (_, memory) in lent { memory.leak() }
        lent = []
    }
}
