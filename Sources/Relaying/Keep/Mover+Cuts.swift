import LinuxSystem

/// A connection that follows the one that is read.
struct LaterSource {
    let descriptor: Descriptor
    /// Where in the stream its first byte stands.
    let base: Int64
    let carrier: Carrier
}

/// How a mover goes from one connection to the next.
extension Mover {
    // MARK: Sending

    /// The connection is lost: nothing moves before the next one is there.
    package mutating func pause() {
        guard keeper != nil, case .pump(let pump) = engine else { return }
        pump.value.leaveTarget()
        target = .closed
        isPaused = true
        gathering.stop()
    }

    /// What the pump lost it waits for.
    mutating func noteLoss() {
        if case .pump(let pump) = engine, pump.value.isCut { pause() }
    }

    /// Sends what is kept from a byte of the stream on again, by another connection, and goes on.
    ///
    /// - Parameters:
    ///   - byteCount: How much of the stream the other end has for certain.
    ///   - acknowledged: Tells, of so many given bytes of the stream, how many the new peer has.
    /// - Throws: `protocolError` where the other end cannot have so much, or lacks what is not kept
    ///   any more; else that the kept bytes are lost: the stream cannot go on.
    package mutating func resume(
        to target: Descriptor, from byteCount: Int64, _ carrier: Carrier = .plain,
        acknowledged: @escaping (Int64) -> Int64
    ) throws(Errno) {
        guard let keeper, case .pump(let pump) = engine else { throw .badState }
        pause()
        try pump.value.rewind(to: byteCount, keeper, &kernel)
        keeper.acknowledged = acknowledged
        kernel.carrier = carrier
        progress.owesEnd = carrier.sealer != nil
        self.target = target
        pump.value.goOn(to: target)
        setNonblocking(isNonblocking)
        isPaused = false
    }

    /// The number of the end that is no connection may soon be that of another file.
    package mutating func retireEnd() {
        if keeper != nil, case .pump(let pump) = engine {
            source = .closed
            pump.value.source = .closed
        } else if goesOn {
            target = .closed
            engine.retire()
        } else {
            retire()
        }
    }

    // MARK: Receiving

    /// How much of the stream is here, now that nothing more arrives by the newest connection: it
    /// takes out of records what is whole, and drops the rest.
    ///
    /// - Returns: The bytes from the first of the stream on, and whether records end it there; of a
    ///   stream in clear the connection tells.
    /// - Throws: Where there is no memory for them: the stream cannot go on.
    package mutating func freeze() throws(Errno) -> (byteCount: Int64, hasEnd: Bool) {
        let newest = later.last?.descriptor ?? source
        if let opener = newestCarrier.opener {
            // An end comes behind all that is here. Only what is under way in this host's own kernel
            // takes a moment.
            let until = Instant.now + .seconds(1)
            try unsafe opener.absorb { room throws(Errno) in
                var readiness = Readiness()
                readiness.watch(newest, .reading)
                try readiness.wait(until: until)
                return try unsafe newest.readWithoutBlocking(into: room)
            }
        }
        var (taken, unread) = (takenByteCount, unreadByteCount(of: newest, newestCarrier))
        // What a ring reads meanwhile must not count for neither.
        while engine.collect() {
            (taken, unread) = (takenByteCount, unreadByteCount(of: newest, newestCarrier))
        }
        let held = Int64(newestCarrier.opener?.heldByteCount ?? 0)
        let byteCount = later.last.map { $0.base + held } ?? taken
        return (byteCount + Int64(unread), newestCarrier.opener?.hasEnd ?? true)
    }

    /// Goes on with another connection once all is read that came by the earlier ones.
    ///
    /// - Parameter byteCount: Where in the stream its first byte stands.
    package mutating func resume(
        from source: Descriptor, at byteCount: Int64, _ carrier: Carrier = .plain
    ) {
        precondition(goesOn)
        later.append(LaterSource(descriptor: source, base: byteCount, carrier: carrier))
        _ = goOn()
    }

    /// Whether nothing more comes by the newest connection.
    package var isExhausted: Bool { later.isEmpty && progress.source == .ended }

    /// How many connections it has not read to their ends, besides the newest.
    package var earlierSourceCount: Int { later.count }

    /// What came by the earlier connections, and is not read yet.
    package var backlogByteCount: Int {
        guard !later.isEmpty else { return 0 }
        return later.dropLast().reduce(unreadByteCount(of: source, kernel.carrier)) {
            $0 + unreadByteCount(of: $1.descriptor, $1.carrier)
                + ($1.carrier.opener?.heldByteCount ?? 0)
        }
    }

    /// What the newest connection is sealed by.
    var newestCarrier: Carrier { later.last?.carrier ?? kernel.carrier }

    /// What is sealed was all read when it was frozen.
    private func unreadByteCount(of source: Descriptor, _ carrier: Carrier) -> Int {
        carrier.isSealed ? 0 : TCP.unreadByteCount(source)
    }

    /// Takes the next connection where the last one has ended: its loss is no more than that.
    ///
    /// - Returns: Whether there is more to be read.
    mutating func goOn() -> Bool {
        guard goesOn else { return false }
        if case .failed(let error) = progress.source, error.cutsConnection || error == .truncated {
            progress.source = .ended
        }
        return progress.source == .ended && readNext()
    }

    /// - Returns: Whether there is a next one.
    @inline(never)
    mutating func readNext() -> Bool {
        guard !later.isEmpty else { return false }
        let next = later.removeFirst()
        // Nothing would fit behind a gap. Asked before the next carrier's bytes count as taken.
        let fits = takenByteCount == next.base
        source = next.descriptor
        kernel.carrier = next.carrier
        setNonblocking(isNonblocking)
        engine.goOn(from: source)
        if !fits { progress.source = .failed(.badState) }
        return progress.source == .open
    }

    /// The end of the newest connection is that of the stream.
    package mutating func releaseEnd() {
        guard let reservoir = engine.reservoir else { return }
        reservoir.value.releaseEnd()
        advance()
    }

    /// The stream is broken: no connection follows, and an end that came is none.
    package mutating func giveUp() {
        goesOn = false
        engine.reservoir?.value.giveUpEnd()
        if !later.isEmpty || progress.source == .ended {
            progress.source = .failed(.connectionReset)
        }
        later = []
    }

    /// Whether everything was given that may be before the end of the stream is known.
    package var awaitsEnd: Bool {
        guard later.isEmpty, progress.source == .ended, progress.target == .open else {
            return false
        }
        return progress.held == 0 || engine.reservoir?.value.awaitsEnd == true
    }
}
