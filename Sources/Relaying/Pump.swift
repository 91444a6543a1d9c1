import LinuxSystem

/// Moves bytes from a source to a target by calls that never wait: the splice and copy engines.
///
/// A pure state machine over what the kernel answers. What it could not move it waits for, as
/// `progress.waits` says; what the kernel refuses it leaves to another engine, nothing lost.
package struct Pump<Kernel: RelayKernel> {
    package enum Shape: Equatable, Sendable {
        /// One splice: one of the two is a pipe.
        case direct
        /// `sendfile` from a regular file to a socket.
        case sendFile
        /// Two splices, with a pipe of our own between two files that are none.
        case through(reader: Descriptor, writer: Descriptor)
        case copy
    }

    /// What one call moves at most; any length from 256 KiB is as fast.
    private static var span: Int { 1 << 20 }
    /// What one read takes.
    let blockSize: Int
    /// How often to move before the others in the poll loop have a turn.
    private static var rounds: Int { 64 }

    package internal(set) var source: Descriptor
    package internal(set) var target: Descriptor
    package let shape: Shape
    package let direction: RelayDirection
    package internal(set) var progress: RelayProgress
    let digest: Digest?
    /// Keeps what is given for the next connection, where one may follow.
    private let keeper: Keeper?
    /// Whether the connection is lost: nothing moves before the next one.
    package internal(set) var isCut = false
    /// Whether no more can be kept.
    var isFull = false
    private var patience = Patience()
    private var block: [UInt8] = []
    /// The bytes of the block that the target has not taken yet.
    private var filled = 0..<0
    /// Whether the last take got less than there was room for: hardly more is there.
    var isShort = false
    /// The end that was the cause the last time that the kernel was asked.
    private var cause = RelayProgress.Waits.source

    /// - Parameters:
    ///   - progress: How far another engine came.
    ///   - held: What that engine took from the source and could not give away.
    package init(
        from source: Descriptor, to target: Descriptor, _ shape: Shape, _ direction: RelayDirection,
        digest: Digest? = nil, after progress: RelayProgress = RelayProgress(),
        holding held: [UInt8] = [], keeping keeper: Keeper? = nil,
        blockSize: Int = Mover.usualBlockSize
    ) {
        // Only a copy gives what another engine took.
        precondition(held.isEmpty || shape == .copy && keeper == nil)
        self.keeper = keeper
        self.blockSize = blockSize
        self.source = source
        self.target = target
        self.shape = shape
        self.direction = direction
        self.digest = digest
        self.progress = progress
        self.progress.refusal = nil
        if keeper == nil { self.progress.held = held.count }
        block = held
        filled = 0..<held.count
    }

    /// Moves what can be moved now.
    ///
    /// - Parameter gathers: Whether more comes too slowly to wait for.
    package mutating func advance(_ kernel: inout Kernel, gathers: Bool = false) {
        progress.waits = [.source, .target]
        isShort = false
        isFull = false
        var courtesy = Courtesy(progress.given)
        let before = progress.taken
        for _ in 0..<Self.rounds where progress.isRunning && !isCut {
            let hasGiven = give(&kernel)
            let isSlow = isShort && (gathers || progress.taken - before < Courtesy.leastMoved)
            if isSlow, progress.held == 0 { return waitForCause(&kernel, hasMoved: true) }
            let hasTaken = take(&kernel)
            guard hasGiven || hasTaken || courtesy.yields(&kernel, progress.given) else {
                return waitForCause(&kernel, hasMoved: progress.taken > before)
            }
        }
    }

    /// The bytes that wait for the target, given up to another engine or to nobody.
    package mutating func surrender(_ kernel: inout Kernel) -> [UInt8] {
        if let keeper {
            do throws(Errno) {
                if progress.target == .open { try pack(keeper, &kernel) }
            } catch {
                progress.target = .failed(error)
            }
            return []
        }
        var bytes = [UInt8](block[filled])
        filled = 0..<0
        if case .through(let reader, _) = shape {
            while bytes.count < progress.held {
                var piece = [UInt8](repeating: 0, count: progress.held - bytes.count)
                guard let count = try? kernel.read(reader, into: &piece), count > 0 else { break }
                bytes += piece.prefix(count)
            }
        }
        progress.held = bytes.count
        return bytes
    }

    private mutating func give(_ kernel: inout Kernel) -> Bool {
        if progress.owesEnd, progress.source == .ended, progress.held == 0 {
            return giveEnd(&kernel)
        }
        guard progress.held > 0, progress.target == .open, progress.refusal == nil else {
            return false
        }
        do throws(Errno) {
            let count = try put(&kernel)
            precondition(count <= progress.held)
            progress.held -= count
            progress.given += Int64(count)
            return count > 0
        } catch .wouldBlock {
            return false
        } catch  where error.meansAnotherWay && shape != .copy {
            progress.refusal = error
            return false
        } catch {
            lose(error)
            return false
        }
    }

    private mutating func put(_ kernel: inout Kernel) throws(Errno) -> Int {
        if let keeper { return try giveKept(keeper, &kernel) }
        if case .through(let reader, _) = shape {
            return try kernel.splice(from: reader, to: target, byteCount: progress.held)
        }
        // Two that count the same bytes.
        precondition(progress.held == filled.count)
        let count = try kernel.write(target, block[filled])
        filled = filled.dropFirst(count)
        return count
    }

    /// The target takes nothing any more; if that is for the connection's sake, another may follow.
    private mutating func lose(_ error: Errno) {
        if keeper != nil, error.cutsConnection {
            isCut = true
        } else {
            progress.target = .failed(error)
        }
    }

    private mutating func giveEnd(_ kernel: inout Kernel) -> Bool {
        guard progress.target == .open else { return false }
        do throws(Errno) {
            try kernel.writeEnd(target)
            progress.owesEnd = false
            return true
        } catch .wouldBlock {
            return false
        } catch {
            lose(error)
            return false
        }
    }

    private mutating func take(_ kernel: inout Kernel) -> Bool {
        guard progress.isRunning, !isCut, progress.source == .open else { return false }
        if shape == .copy, progress.held > 0 { return false }
        if shape == .copy, let keeper, !mayRead(keeper, &kernel) { return false }
        do throws(Errno) {
            if try pull(&kernel) > 0 { return true }
            if shape != .copy, try kernel.hasByte(source) {
                progress.refusal = .urgentData
            } else {
                progress.source = .ended
            }
            return true
        } catch .wouldBlock {
            return false
        } catch  where error.meansAnotherWay && shape != .copy {
            progress.refusal = error
            return false
        } catch {
            switch shape {
            case .direct, .sendFile: progress.fail(error, direction)
            case .through, .copy: progress.source = .failed(error)
            }
            return false
        }
    }

    private mutating func pull(_ kernel: inout Kernel) throws(Errno) -> Int {
        let count: Int
        switch shape {
        case .direct:
            count = try kernel.splice(from: source, to: target, byteCount: Self.span)
            isShort = count < Self.span
            progress.given += Int64(count)
        case .sendFile:
            count = try kernel.sendFile(from: source, to: target, byteCount: Self.span)
            progress.given += Int64(count)
        case .through(_, let writer):
            count = try kernel.splice(from: source, to: writer, byteCount: Self.span)
            isShort = count < Self.span
            progress.held += count
        case .copy:
            // What does not take a whole record of a tape loses the rest of it.
            if let keeper, blockSize <= Mover.usualBlockSize {
                count = try readKept(keeper, &kernel)
                progress.held = count
                break
            }
            if block.count != blockSize {
                block = [UInt8](repeating: 0, count: blockSize)
            }
            count = try kernel.read(source, into: &block)
            isShort = count < blockSize
            unsafe digest?(block.span.extracting(..<count).bytes)
            if let keeper {
                try keeper.append([UInt8](block[..<count]))
            } else {
                filled = 0..<count
            }
            progress.held = count
        }
        return count
    }

    /// When to ask again whether more can be kept; no event tells of it.
    package var deadline: Instant? { isFull ? patience.next : nil }

    /// Nothing more moves: the end that has bytes waits for the other.
    private mutating func waitForCause(_ kernel: inout Kernel, hasMoved: Bool) {
        if isFull {
            patience.wait(.now)
            progress.waits = .target
            return
        }
        patience.end()
        switch shape {
        case .through, .copy:
            progress.waits = progress.held > 0 || progress.source != .open ? .target : .source
        case .direct, .sendFile:
            // The error does not say which end it was (KERNEL H3). It is mostly the same one, and
            // to ask costs as much as to find out when nothing moves.
            if !hasMoved || cause == .target {
                cause = kernel.isReadable(source) ? .target : .source
            }
            progress.waits = cause
        }
        if !hasMoved, shape != .copy, progress.source == .open, progress.held == 0,
            kernel.isAtUrgentData(source)
        {
            progress.refusal = .urgentData
        }
    }
}
