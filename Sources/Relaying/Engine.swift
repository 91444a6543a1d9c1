import LinuxSystem

/// What moves a mover's bytes, with all that belongs to it. The bytes that were taken from the source
/// and not yet given to the target are here, and nowhere else.
enum Engine {
    case pump(Box<Pump<LinuxKernel>>)
    case ring(Box<RingPump<Ring>>, Ring)
    case reservoir(Box<ReservoirPump<LinuxKernel>>)
    case none(Box<Rest>)

    /// How far a stopped engine came, and what it left.
    struct Rest {
        var progress = RelayProgress()
        var bytes: [UInt8] = []
    }

    /// Keeps an engine in one place: nobody copies what it holds.
    final class Box<Value> {
        var value: Value

        init(_ value: Value) { self.value = value }
    }

    // Asked for in many places: inlined, it would be a tenth of all that moves.
    var progress: RelayProgress {
        @inline(never) get {
            switch self {
            case .pump(let pump): pump.value.progress
            case .ring(let pump, _): pump.value.progress
            case .reservoir(let pump): pump.value.progress
            case .none(let rest): rest.value.progress
            }
        }
        @inline(never) nonmutating set {
            switch self {
            case .pump(let pump): pump.value.progress = newValue
            case .ring(let pump, _): pump.value.progress = newValue
            case .reservoir(let pump): pump.value.progress = newValue
            case .none(let rest): rest.value.progress = newValue
            }
        }
    }

    /// What a stopped engine left, to be given by the next one.
    var left: [UInt8] { if case .none(let rest) = self { rest.value.bytes } else { [] } }

    /// What gives from a reservoir, where one does.
    var reservoir: Box<ReservoirPump<LinuxKernel>>? {
        if case .reservoir(let pump) = self { pump } else { nil }
    }

    /// Which end everything waits for.
    var awaited: RelayProgress.Waits {
        if case .ring(let pump, _) = self { pump.value.awaited } else { progress.waits }
    }

    /// What must happen before bytes can move: an end becomes ready, or something under way ends, of
    /// which the kernel tells at `inFlight`.
    @inline(never)
    func waits(_ fileWriter: FileWriter?) -> (ends: RelayProgress.Waits, inFlight: Descriptor?) {
        switch self {
        case .ring(let pump, let ring):
            return (pump.value.progress.waits, pump.value.isInFlight ? ring.descriptor : nil)
        case .reservoir(let pump):
            guard let fileWriter, fileWriter.isWriting, let descriptor = fileWriter.descriptor
            else {
                return (pump.value.polls, nil)
            }
            // A file is always ready.
            return (pump.value.polls.subtracting(.target), descriptor)
        case .pump(let pump): return (pump.value.deadline == nil ? progress.waits : [], nil)
        case .none: return (progress.waits, nil)
        }
    }

    /// When to move again whatever is seen.
    var deadline: Instant? {
        switch self {
        case .pump(let pump): pump.value.deadline
        case .reservoir(let pump): pump.value.deadline
        case .ring, .none: nil
        }
    }

    /// Moves what can be moved now.
    ///
    /// - Parameter gathers: Whether bytes gathered at the source before.
    func advance(_ kernel: inout LinuxKernel, gathers: Bool) {
        switch self {
        case .pump(let pump): pump.value.advance(&kernel, gathers: gathers)
        case .ring(let pump, var ring): pump.value.advance(&ring)
        case .reservoir(let pump): pump.value.advance(&kernel, .now)
        case .none: break
        }
    }

    /// Begins nothing, and asks what is in flight to end: to be called again until it has.
    ///
    /// - Returns: Whether nothing is in flight any more.
    func settle(_ kernel: inout LinuxKernel) -> Bool {
        switch self {
        case .ring(let pump, var ring): pump.value.settle(&ring)
        case .reservoir(let pump): pump.value.settle(&kernel)
        case .pump, .none: true
        }
    }

    /// Ends the engine. What a reservoir has stays in it: there may be gigabytes of it.
    mutating func stop(_ kernel: inout LinuxKernel) {
        switch self {
        case .pump(let pump):
            stopped(leaving: pump.value.surrender(&kernel))
        case .ring(let pump, var ring):
            stopped(leaving: pump.value.surrender(&ring, &kernel))
        case .reservoir(let pump): kernel.fileWriter?.leave(pump.value.target)
        case .none: break
        }
    }

    private mutating func stopped(leaving bytes: [UInt8]) {
        self = .none(Box(Rest(progress: progress, bytes: bytes)))
    }

    /// Ends it where its files may soon be others, and nothing that it has is asked for any more.
    @inline(never)
    mutating func retire() {
        switch self {
        case .pump, .ring: stopped(leaving: [])
        case .reservoir(let pump): pump.value.retire()
        case .none: break
        }
    }

    /// Leaves one more byte behind what a stopped engine left.
    func leave(_ byte: UInt8) {
        guard case .none(let rest) = self else { preconditionFailure() }
        rest.value.bytes.append(byte)
        rest.value.progress.held += 1
    }

    /// Goes on with another source: the last one has ended.
    @inline(never)
    func goOn(from source: Descriptor) {
        switch self {
        case .pump(let pump): pump.value.source = source
        case .ring(let pump, _): pump.value.source = source
        case .reservoir(let pump): pump.value.source = source
        case .none: break
        }
        progress.source = .open
    }

    /// Hears what the ring has read until now; everything else is known at once.
    ///
    /// - Returns: Whether there was anything.
    func collect() -> Bool {
        guard case .ring(let pump, var ring) = self else { return false }
        return pump.value.collect(&ring)
    }

    /// Takes out, oldest first, what a stopped engine still has.
    func drain(_ byteCount: Int, _ kernel: inout LinuxKernel) -> [UInt8] {
        if let reservoir { return reservoir.value.drain(byteCount, &kernel) }
        guard case .none(let rest) = self else { return [] }
        let bytes = [UInt8](rest.value.bytes.prefix(byteCount))
        rest.value.bytes.removeFirst(bytes.count)
        rest.value.progress.held -= bytes.count
        return bytes
    }
}
