import LinuxSystem

/// How an engine is started.
extension RelayMachine {
    mutating func start(holding held: [UInt8]) {
        precondition(held.isEmpty || choice.engine == .copy)
        if promised != nil, choice.engine == .splice || choice.engine == .ringSplice {
            sendsPages = true
        }
        switch choice.engine {
        case .ring where kinds.target.hasPlaces && place == nil:
            choice = EngineChoice(.copy, because: "the file's position is unknown")
            startPump(.copy, held)
        case .ring: startRing(.blocks(count: Self.blockCount, size: blockSize))
        case .ringSplice: startRingSplices()
        case .splice: startPump(spliceShape(), held)
        case .copy: startPump(.copy, held)
        }
    }

    private mutating func startPump(_ shape: Pump<LinuxKernel>.Shape?, _ held: [UInt8]) {
        setNonblocking(true)
        pump = Pump(
            from: source, to: target, shape ?? .copy, direction, digest: digest,
            after: progress, holding: held, blockSize: blockSize)
        refresh()
    }

    /// How to splice between the two; `nil` when there is no pipe to be had.
    private mutating func spliceShape() -> Pump<LinuxKernel>.Shape? {
        if kinds.source == .pipe || kinds.target == .pipe { return .direct }
        if kinds.source == .regular { return .sendFile }
        return makeBetween().map { .through(reader: $0.reader, writer: $0.writer) }
    }

    private mutating func makeBetween() -> (reader: CInt, writer: CInt)? {
        guard let pipe = try? Pipe(capacity: Self.betweenCapacity) else { return nil }
        let numbers = (pipe.reader.number, pipe.writer.number)
        between = consume pipe
        return numbers
    }

    private mutating func startRing(_ shape: RingPump<Ring>.Shape) {
        var (count, size) = (0, 0)
        if case .blocks(let blockCount, let blockSize) = shape {
            (count, size) = (blockCount, blockSize)
        }
        do throws(Errno) {
            ring = try Ring(entries: 8, blockCount: count, blockSize: size)
            // Reads and writes wait in the ring, splices must not (KERNEL H1).
            setNonblocking(count == 0)
            ringPump = RingPump(
                from: source, to: target, shape, readingAt: readingPlace,
                needsClaims: place?.isPosition == true)
            refresh()
        } catch {
            choice = choice.withoutRing(error)
            start(holding: [])
        }
    }

    private var readingPlace: Int64? {
        switch kinds.source {
        case .regular, .blockDevice: Descriptor.position(of: source)
        default: nil
        }
    }

    private mutating func startRingSplices() {
        guard let (reader, writer) = makeBetween() else { return startPump(.copy, []) }
        startRing(.splices(reader: reader, writer: writer))
    }

    func setNonblocking(_ nonblocking: Bool) {
        for number in ours { try? Descriptor.setNonblocking(number, nonblocking) }
    }
}
