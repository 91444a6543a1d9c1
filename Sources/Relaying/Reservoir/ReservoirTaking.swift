import LinuxSystem

/// What a reservoir pump takes from its source.
extension ReservoirPump {
    /// Takes what there is room for.
    ///
    /// - Returns: Whether it is worth while to go on.
    mutating func take(_ kernel: inout Kernel) -> Bool {
        guard progress.isRunning, progress.source == .open else { return false }
        let wasFull = store.isFull
        if let capacity = store.wantedPipe { store.add(kernel.makePipe(capacity: capacity)) }
        do throws(Errno) {
            switch store.room() {
            case .pipe(let writer, let byteCount):
                try put(byteCount, intoPipe: writer, &kernel)
            case .memory(let space): try unsafe put(into: space, &kernel)
            // Full for want of memory, it feeds at any fill: that is to be looked at once more.
            case .none: return !wasFull
            }
        } catch .wouldBlock {
            return false
        } catch {
            progress.source = .failed(error)
        }
        progress.held = store.count
        watermarks?.note(Int64(store.count))
        return true
    }

    private mutating func put(
        _ byteCount: Int, intoPipe writer: Descriptor, _ kernel: inout Kernel
    ) throws(Errno) {
        do throws(Errno) {
            try splice(byteCount, into: writer, &kernel)
        } catch .wouldBlock where kernel.isReadable(source) {
            try putAgain(byteCount, intoPipe: writer, &kernel)
        } catch  where error.meansAnotherWay {
            store.refusePipes()
        }
    }

    /// If there is something to read, then the pipe takes no more, or it came just now.
    private mutating func putAgain(
        _ byteCount: Int, intoPipe writer: Descriptor, _ kernel: inout Kernel
    ) throws(Errno) {
        do throws(Errno) {
            try splice(byteCount, into: writer, &kernel)
        } catch .wouldBlock {
            if kernel.isAtUrgentData(source) { return try takeUrgentData(&kernel) }
            store.sealPipe()
        }
    }

    /// No splice takes it: it goes into memory, and what comes behind it, until that is empty.
    private mutating func takeUrgentData(_ kernel: inout Kernel) throws(Errno) {
        guard let space = unsafe store.space() else { throw .outOfMemory }
        try unsafe put(into: space, &kernel)
    }

    private mutating func splice(
        _ byteCount: Int, into writer: Descriptor, _ kernel: inout Kernel
    ) throws(Errno) {
        let count = try kernel.splice(from: source, to: writer, byteCount: byteCount)
        guard count == 0 else { return store.filledPipe(count) }
        if try kernel.hasByte(source) { return try takeUrgentData(&kernel) }
        endSource()
    }

    private mutating func put(
        into space: UnsafeMutableRawBufferPointer, _ kernel: inout Kernel
    ) throws(Errno) {
        let count = try unsafe kernel.read(source, into: space)
        if count == 0 { return endSource() }
        unsafe digest?(UnsafeRawBufferPointer(rebasing: space[..<count]).bytes)
        store.filledMemory(count)
    }

    private mutating func endSource() {
        progress.source = .ended
        if !holdsEnd { finish() }
    }

    /// What is here is all of the stream.
    mutating func finish() {
        fillUp()
        if store.count == 0 { watermarks?.end() }
    }

    /// Fills the last record up with zeros.
    mutating func fillUp() {
        guard let record, record.isPadded else { return }
        let over = (store.count - owed) % record.size
        guard over > 0 else { return }
        do throws(Errno) {
            try store.append([UInt8](repeating: 0, count: record.size - over))
            counts?.padded = record.size - over
        } catch {
            progress.target = .failed(error)
        }
        progress.held = store.count
    }
}
