import LinuxSystem

/// How an engine is started.
extension Mover {
    /// Four blocks: one filled, one emptied, and one on the way to each.
    private static let blockCount = 4
    private static let betweenCapacity = 1 << 20

    /// Starts the chosen engine, or one that takes its place, where the last one stopped.
    mutating func start() {
        precondition(engine.left.isEmpty || chosen.engine == .copy)
        if file != nil, chosen.engine == .splice || chosen.engine == .ringSplice {
            sendsPages = true
        }
        switch chosen.engine {
        case .ring where kinds.target.hasPlaces && place == nil:
            chosen = EngineChoice(.copy, because: "the file's position is unknown")
            startPump(.copy)
        case .ring: startRing(.blocks(count: Self.blockCount, size: blockSize))
        case .ringSplice: startRingSplices()
        case .splice: startPump(spliceShape() ?? .copy)
        case .copy: startPump(.copy)
        }
    }

    private mutating func startPump(_ shape: Pump<LinuxKernel>.Shape) {
        setNonblocking(true)
        var progress = progress
        progress.owesEnd = kernel.carrier.sealer != nil
        engine = .pump(
            Engine.Box(
                Pump(
                    from: source, to: target, shape, direction, digest: digest, after: progress,
                    holding: engine.left, keeping: keeper, blockSize: blockSize)))
    }

    /// How to splice between the two; `nil` when there is no pipe to be had.
    private mutating func spliceShape() -> Pump<LinuxKernel>.Shape? {
        if keeper != nil {
            return makeBetween().map { .through(reader: $0.reader, writer: $0.writer) }
        }
        if kinds.source == .pipe || kinds.target == .pipe { return .direct }
        if kinds.source == .regular { return .sendFile }
        return makeBetween().map { .through(reader: $0.reader, writer: $0.writer) }
    }

    /// A pipe between two files that are none.
    private mutating func makeBetween() -> (reader: Descriptor, writer: Descriptor)? {
        guard let pipe = try? Pipe(capacity: Self.betweenCapacity) else { return nil }
        return kernel.keep(pipe)
    }

    private mutating func startRing(_ shape: RingPump<Ring>.Shape) {
        var (count, size) = (0, 0)
        if case .blocks(let blockCount, let blockSize) = shape {
            (count, size) = (blockCount, blockSize)
        }
        do throws(Errno) {
            let ring = try Ring(entries: 8, blockCount: count, blockSize: size)
            // Reads and writes wait in the ring, splices must not (KERNEL H1).
            setNonblocking(count == 0)
            engine = .ring(
                Engine.Box(
                    RingPump(
                        from: source, to: target, shape, readingAt: readingPlace,
                        needsClaims: place?.isPosition == true)), ring)
        } catch {
            chosen = chosen.withoutRing(error)
            start()
        }
    }

    private var readingPlace: Int64? {
        switch kinds.source {
        case .regular, .blockDevice: source.position
        default: nil
        }
    }

    private mutating func startRingSplices() {
        guard let (reader, writer) = makeBetween() else { return startPump(.copy) }
        startRing(.splices(reader: reader, writer: writer))
    }

    /// Sets or clears `O_NONBLOCK` on the ends that are ours alone.
    mutating func setNonblocking(_ nonblocking: Bool) {
        isNonblocking = nonblocking
        if owns.source { try? source.setNonblocking(nonblocking) }
        if owns.target { try? target.setNonblocking(nonblocking) }
    }
}
