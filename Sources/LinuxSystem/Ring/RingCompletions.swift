import CLiburing

extension Ring {
    /// The tag of our cancellations, whose own endings nobody asked for. Not the largest number:
    /// liburing takes that for its time-outs.
    static let cancelling = UInt64.max - 1

    /// The operations whose completion was not taken yet, the unsubmitted ones included.
    package var inFlightCount: Int { tags.count }

    /// The operations that the kernel has not taken yet.
    package var unsubmittedCount: Int {
        guard let raw = unsafe raw else { return 0 }
        return Int(unsafe io_uring_sq_ready(raw))
    }

    /// Hands the queued operations to the kernel.
    ///
    /// What it cannot take now stays queued for the next call: with completions to be taken first
    /// the descriptor is readable, without them it is short of memory and wants a pause.
    package func submit() throws(Errno) {
        if let failure { throw failure }
        guard let raw = unsafe raw else { return }
        // The kernel stops behind an operation that it finds wrong; its completion tells of it.
        while unsafe io_uring_sq_ready(raw) > 0 {
            let result = unsafe io_uring_submit(raw)
            if result > 0 { continue }
            switch Errno(-result) {
            case .interrupted: continue
            // EBUSY: more completions wait than the ring has room for. EAGAIN: no memory.
            case Errno(0), .busy, .wouldBlock: return
            case let error: throw error
            }
        }
    }

    /// Takes the next operation that ended; `nil` when none did.
    package func nextCompletion() -> Completion? {
        while let completion = nextOfAny() {
            guard let index = tags.firstIndex(of: completion.tag) else { continue }
            tags.remove(at: index)
            lent.removeAll { $0.tag == completion.tag }
            return completion
        }
        return nil
    }

    /// The next completion, of a cancellation too.
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
    /// Asks for everything in flight to end early; what the kernel was just taking up is not found,
    /// and is to be asked again.
    package func cancelAll() {
        for tag in tags where !cancel(tag: tag) {
            try? submit()
            _ = cancel(tag: tag)
        }
        try? submit()
    }

    /// Gives up descriptor and memory at once, and asks what is in flight to end.
    ///
    /// `inFlightCount` then tells how many operations had not: such as the read of a file whose server
    /// is silent. What they name is to stay open until then, so cancel and wait first.
    package func close() {
        guard let raw = unsafe raw else { return }
        if inFlightCount > 0 { cancelAll() }
        while nextCompletion() != nil {}
        unsafe io_uring_queue_exit(raw)
        unsafe raw.deallocate()
        unsafe self.raw = nil
        // The kernel may still use what such an operation names: nobody may ever get that memory.
        if inFlightCount > 0 { blocks.leak() } else { blocks.unmap() }
        for (_, memory) in lent { memory.leak() }
        lent = []
    }
}
