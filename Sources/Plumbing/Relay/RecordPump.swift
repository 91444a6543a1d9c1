import LinuxSystem

/// Feeds a pipe whole records without copying them.
///
/// A record is put together in a pipe of our own and goes over in one splice when the reader's pipe
/// is empty: only then are there slots for all of it, whatever pieces it came in (KERNEL H11). A
/// pure state machine over what the kernel answers.
package struct RecordPump<Kernel: RecordKernel> {
    /// Why the records must be copied from here on.
    package enum Obstacle: Equatable, Sendable {
        /// A record has more pieces than a pipe has slots.
        case smallPieces
        /// The last one is to be filled up.
        case padding
        case refused(Errno)
    }

    private static var rounds: Int { 64 }

    package let source: CInt
    package let target: CInt
    /// The pipe of our own.
    package let between: (reader: CInt, writer: CInt)
    package let order: RecordOrder
    package private(set) var progress = RelayProgress()
    package private(set) var counts: RecordCounts
    package private(set) var obstacle: Obstacle?
    /// What the poll loop is to wait for; the reader's pipe tells by no event that it is empty.
    package private(set) var polls: RelayProgress.Waits = []
    /// When to move again whatever is seen: now, where there was more to move.
    package private(set) var deadline: Instant?
    private var patience = Patience()
    /// The rest of a record whose beginning has gone over.
    package private(set) var owed = 0

    package init(
        from source: CInt, to target: CInt, through between: (reader: CInt, writer: CInt),
        _ order: RecordOrder
    ) {
        self.source = source
        self.target = target
        self.between = between
        self.order = order
        counts = RecordCounts(size: order.size)
    }

    /// Moves what can be moved now.
    package mutating func advance(_ kernel: inout Kernel, _ now: Instant) {
        var (hasMoved, isBlocked) = (true, false)
        var courtesy = Courtesy(progress.given)
        for _ in 0..<Self.rounds where hasMoved && progress.isRunning && obstacle == nil {
            let (hasGiven, awaitsReader) = give(&kernel, now)
            isBlocked = awaitsReader
            let hasTaken = take(&kernel)
            hasMoved = hasGiven || hasTaken || courtesy.yields(&kernel, progress.given)
        }
        progress.waits = isBlocked ? .target : .source
        polls = progress.source == .open && progress.held < 2 * order.size ? .source : []
        if isBlocked { patience.wait(now) } else { patience.end() }
        deadline = hasMoved ? now : patience.next
    }

    /// The bytes that wait for the target, given up to another pump.
    package mutating func surrender(_ kernel: inout Kernel) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < progress.held {
            var piece = [UInt8](repeating: 0, count: progress.held - bytes.count)
            guard let count = try? kernel.read(between.reader, into: &piece), count > 0 else {
                break
            }
            bytes += piece.prefix(count)
        }
        progress.held = 0
        return bytes
    }

    /// Nobody can take the bytes any more.
    package mutating func fail(_ error: Errno) {
        progress.target = .failed(error)
        obstacle = nil
    }

    // MARK: Giving

    /// - Returns: Whether anything was given, and if not, whether it was for the reader.
    private mutating func give(
        _ kernel: inout Kernel, _ now: Instant
    ) -> (hasGiven: Bool, awaitsReader: Bool) {
        let isLast = progress.source != .open && progress.held < order.size
        guard owed > 0 || progress.held >= order.size || (isLast && progress.held > 0) else {
            return (false, false)
        }
        if owed == 0 {
            if isLast, order.isPadded, progress.source == .ended {
                obstacle = .padding
                return (false, false)
            }
            guard kernel.queuedByteCount(target) == 0 else { return (false, true) }
        }
        return give(owed > 0 ? owed : min(order.size, progress.held), &kernel, now)
    }

    private mutating func give(
        _ byteCount: Int, _ kernel: inout Kernel, _ now: Instant
    ) -> (hasGiven: Bool, awaitsReader: Bool) {
        do throws(Errno) {
            let count = try kernel.splice(from: between.reader, to: target, byteCount: byteCount)
            if owed == 0 { counts.add(isWhole: count == order.size, now) }
            owed = byteCount - count
            progress.held -= count
            progress.given += Int64(count)
            patience.end()
            return (count > 0, false)
        } catch .wouldBlock {
            return (false, true)
        } catch .invalid {
            obstacle = .refused(.invalid)
        } catch {
            progress.target = .failed(error)
        }
        return (false, false)
    }

    // MARK: Taking

    private mutating func take(_ kernel: inout Kernel) -> Bool {
        guard progress.isRunning, obstacle == nil, progress.source == .open,
            progress.held < 2 * order.size
        else { return false }
        // Never more than the rest of a record: one that is whole is to go over at once.
        let wanted = order.size - progress.held % order.size
        do throws(Errno) {
            return try take(wanted, &kernel)
        } catch .wouldBlock {
            return takeAgain(wanted, &kernel)
        } catch {
            return takingFailed(error)
        }
    }

    private mutating func take(_ wanted: Int, _ kernel: inout Kernel) throws(Errno) -> Bool {
        let count = try kernel.splice(from: source, to: between.writer, byteCount: wanted)
        progress.held += count
        if count == 0 { progress.source = .ended }
        return true
    }

    /// If there is something to read, then it is our pipe that takes no more, or it came just now.
    private mutating func takeAgain(_ wanted: Int, _ kernel: inout Kernel) -> Bool {
        guard progress.held > 0, progress.held < order.size, kernel.isReadable(source) else {
            return false
        }
        do throws(Errno) {
            return try take(wanted, &kernel)
        } catch .wouldBlock {
            obstacle = .smallPieces
            return false
        } catch {
            return takingFailed(error)
        }
    }

    private mutating func takingFailed(_ error: Errno) -> Bool {
        if error == .invalid {
            obstacle = .refused(error)
        } else {
            progress.source = .failed(error)
        }
        return obstacle == nil
    }
}
