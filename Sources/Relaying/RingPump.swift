import LinuxSystem

/// Moves bytes from a source to a target with a read and a write in flight at the same time: the
/// ring engines.
///
/// A pure state machine over what the ring answers. The bytes stay in order because no end ever has
/// two operations in flight (KERNEL H15).
package struct RingPump<Ring: RelayRing> {
    package enum Shape: Equatable, Sendable {
        /// Through blocks of memory that the kernel has mapped.
        case blocks(count: Int, size: Int)
        /// Through a pipe of our own.
        case splices(reader: Descriptor, writer: Descriptor)
    }

    private static var span: Int { 1 << 20 }

    package internal(set) var source: Descriptor
    package let target: Descriptor
    package let shape: Shape
    package internal(set) var progress = RelayProgress()
    /// Blocks without bytes.
    var free: [Int] = []
    /// What was read and not yet written, oldest first.
    var filled: [(block: Int, range: Range<Int>)] = []
    var reading: Int?
    /// Operations that the kernel may not have taken yet.
    private var queued: [RelayOperation] = []
    var isTaking = false
    var isGiving = false
    /// Where a file is read next.
    var readingPlace: Int64?
    /// Whether the target is a file with a place for each byte.
    private let needsClaims: Bool
    /// Where the oldest bytes go, once that place is ours.
    var claim: Int64?
    /// The pipe between was full; asking again before it has room would be asking for ever.
    var wantsRoom = false

    /// - Parameters:
    ///   - readingPlace: Where a file that has places begins to be read: at its position.
    ///   - needsClaims: Whether the target is a file that has places.
    package init(
        from source: Descriptor, to target: Descriptor, _ shape: Shape,
        readingAt readingPlace: Int64? = nil,
        needsClaims: Bool = false
    ) {
        self.source = source
        self.target = target
        self.shape = shape
        self.readingPlace = readingPlace
        self.needsClaims = needsClaims
        if case .blocks(let count, _) = shape { free = [Int](0..<count) }
    }

    /// Whether the kernel still works for us.
    package var isInFlight: Bool { isTaking || isGiving }

    /// Which end has to do something before bytes can move; neither while both are at work.
    package var awaited: RelayProgress.Waits {
        if progress.held == 0 { return .source }
        return isTaking ? [.source, .target] : .target
    }

    /// Takes what has completed and begins what can be done next.
    package mutating func advance(_ ring: inout Ring) {
        progress.waits = []
        repeat {
            if progress.isRunning { start(&ring) }
            do throws(Errno) {
                try ring.submit()
                if ring.unsubmittedCount == 0 { queued = [] }
            } catch {
                progress.refusal = error
                return withdraw(ring)
            }
        } while collect(&ring)
        // The kernel was short of memory: ask again when anything can be read or written.
        if ring.unsubmittedCount > 0 { progress.waits = [.source, .target] }
    }

    /// Begins nothing more and asks what is in flight to end, so that no byte is taken that nobody
    /// knows of: to be called again until it has.
    ///
    /// - Returns: Whether nothing is in flight any more.
    package mutating func settle(_ ring: inout Ring) -> Bool {
        if isInFlight {
            ring.cancelAll()
            _ = collect(&ring)
        }
        return !isInFlight
    }

    /// The bytes that wait for the target, given up to another engine or to nobody, once it has
    /// settled or nobody waits for that any more.
    package mutating func surrender(
        _ ring: inout Ring, _ kernel: inout some RelayKernel
    ) -> [UInt8] {
        // What such an operation still takes or gives nobody would know of.
        if isInFlight { progress.source = .failed(.timedOut) }
        if isGiving, progress.target == .open { progress.target = .failed(.timedOut) }
        release(&ring)
        var bytes: [UInt8] = []
        for (block, range) in filled { bytes += ring.bytes(in: block, range) }
        if case .splices(let reader, _) = shape {
            while bytes.count < progress.held {
                var piece = [UInt8](repeating: 0, count: progress.held - bytes.count)
                guard let count = try? kernel.read(reader, into: &piece), count > 0 else { break }
                bytes += piece.prefix(count)
            }
        }
        filled = []
        progress.held = bytes.count
        return bytes
    }

    /// The target's position is again behind what was given.
    private mutating func release(_ ring: inout Ring) {
        guard !isGiving, let place = claim.take(), let first = filled.first else { return }
        do throws(Errno) {
            try ring.release(first.range.count, of: target, from: place)
        } catch {
            if progress.target == .open { progress.target = .failed(error) }
        }
    }

    /// What the kernel never took is not in flight.
    private mutating func withdraw(_ ring: Ring) {
        guard ring.unsubmittedCount == queued.count else { return }
        if queued.contains(.take) {
            isTaking = false
            if let block = reading.take() { free.append(block) }
        }
        if queued.contains(.give) { isGiving = false }
        queued = []
    }

    private mutating func start(_ ring: inout Ring) {
        let (wasGiving, wasTaking) = (isGiving, isTaking)
        startGiving(&ring)
        startTaking(&ring)
        if isGiving, !wasGiving { queued.append(.give) }
        if isTaking, !wasTaking { queued.append(.take) }
    }

    private mutating func startTaking(_ ring: inout Ring) {
        guard !isTaking, !wantsRoom, progress.source == .open, !progress.waits.contains(.source)
        else { return }
        switch shape {
        case .blocks:
            guard let block = free.last,
                ring.read(from: source, into: block, at: readingPlace, operation: .take)
            else { return }
            free.removeLast()
            reading = block
            isTaking = true
        case .splices(_, let writer):
            isTaking = ring.splice(
                from: source, to: writer, byteCount: Self.span, operation: .take)
        }
    }

    private mutating func startGiving(_ ring: inout Ring) {
        guard !isGiving, progress.held > 0, !progress.waits.contains(.target) else { return }
        switch shape {
        case .blocks:
            guard let first = filled.first else { return }
            do throws(Errno) {
                if needsClaims, claim == nil {
                    claim = try ring.claim(first.range.count, of: target)
                }
            } catch {
                progress.refusal = error
                return
            }
            isGiving = ring.write(
                to: target, from: first.block, range: first.range, at: claim, operation: .give)
        case .splices(let reader, _):
            isGiving = ring.splice(
                from: reader, to: target, byteCount: progress.held, operation: .give)
        }
    }

    /// Whether bytes go through memory.
    var isBlocks: Bool {
        if case .blocks = shape { true } else { false }
    }
}
