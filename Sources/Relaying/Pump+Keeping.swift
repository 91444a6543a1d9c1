import LinuxSystem

/// What a pump does where another connection may follow: no byte is given that is not kept.
extension Pump {
    /// Gives some of what is kept, after keeping more where there is no more of it.
    mutating func giveKept(
        _ keeper: Keeper, _ kernel: inout Kernel
    ) throws(Errno) -> Int {
        keeper.drop(given: progress.given, &kernel)
        if case .through(let reader, _) = shape, keeper.end == progress.given {
            isFull = try !keeper.keep(progress.held, from: reader, &kernel)
            if isFull { throw .wouldBlock }
        }
        let bytes = unsafe keeper.bytes(at: progress.given)
        if unsafe !bytes.isEmpty { return try unsafe kernel.write(target, bytes) }
        guard case .through(let reader, _) = shape else { throw .badState }
        return try kernel.splice(
            from: reader, to: target, byteCount: Int(keeper.end - progress.given))
    }

    /// Reads into what is kept, digest and all.
    mutating func readKept(_ keeper: Keeper, _ kernel: inout Kernel) throws(Errno) -> Int {
        let space = try unsafe keeper.space()
        let count = try unsafe kernel.read(source, into: space)
        isShort = count < space.count
        unsafe digest?(UnsafeRawBufferPointer(rebasing: space[..<count]).bytes)
        keeper.filled(count)
        return count
    }

    /// Whether what is to be read next may be kept.
    mutating func mayRead(_ keeper: Keeper, _ kernel: inout Kernel) -> Bool {
        keeper.drop(given: progress.given, &kernel)
        // What is kept will be acknowledged, and leaves its memory.
        isFull = unsafe !keeper.hasRoom || keeper.count > 0 && (try? keeper.space()) == nil
        return !isFull
    }

    // MARK: From one connection to the next

    /// Goes back to a byte of the stream, from which on the next connection carries it.
    ///
    /// - Throws: `protocolError` where that byte is not kept, or was never given.
    mutating func rewind(
        to byteCount: Int64, _ keeper: Keeper, _ kernel: inout Kernel
    ) throws(Errno) {
        let taken = progress.taken
        guard byteCount >= keeper.start, byteCount <= progress.given else { throw .protocolError }
        try tossKept(keeper, &kernel)
        try keeper.rewind(to: byteCount, &kernel)
        progress.given = byteCount
        progress.held = Int(taken - byteCount)
    }

    /// What is kept and not given stands in the pipe between as well.
    private func tossKept(_ keeper: Keeper, _ kernel: inout Kernel) throws(Errno) {
        guard case .through(let reader, _) = shape, keeper.memoryEnd <= progress.given else {
            return
        }
        var rest = Int(keeper.end - progress.given)
        while rest > 0 {
            let count = try kernel.toss(reader, byteCount: rest)
            guard count > 0 else { throw .badState }
            rest -= count
        }
    }

    /// Brings all that it has into memory, for another engine.
    mutating func pack(_ keeper: Keeper, _ kernel: inout Kernel) throws(Errno) {
        try tossKept(keeper, &kernel)
        try keeper.pack(&kernel)
        guard case .through(let reader, _) = shape else { return }
        while keeper.end < progress.taken {
            try keeper.copy(Int(progress.taken - keeper.end), from: reader, &kernel)
        }
    }

    /// Has no connection until the next one is there.
    mutating func leaveTarget() {
        target = .closed
        isCut = true
    }

    /// Goes on with another connection.
    mutating func goOn(to target: Descriptor) {
        self.target = target
        isCut = false
    }
}

extension Errno {
    /// The connection is lost; the stream is not if another one follows.
    var cutsConnection: Bool { endsConnection || self == .notConnected }
}
