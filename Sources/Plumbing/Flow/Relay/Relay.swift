import LinuxSystem
import Relaying

/// Moves the bytes of one flow between its connection and what is at this end of it.
///
/// It has the connection to itself and waits only in the poll loop that drives it. When the flow
/// ends, breaks or is left is for the rules of `FlowEnd` to say.
package final class Relay {
    package let direction: RelayDirection
    package let checksum: Checksum?
    var end: RelayEnd
    var mover: Mover
    var isProbing = false
    /// The connection takes no more, and whether all that was taken had gone into it.
    var hasGivenAll: Bool?
    var hasLetGo = false
    var holdsEnd: Bool
    /// Connections that were lost, and are still to be read.
    var earlier: [DataChannel] = []
    private var waiting = WaitingTimes(.now)

    /// - Parameters:
    ///   - connection: The flow's socket, which nobody else uses.
    ///   - end: Where the bytes come from, or go to.
    ///   - engine: How to move them; `nil` chooses.
    ///   - record: What a tape may give at once; a smaller read would lose the rest.
    ///   - feeding: What gives them to a reader in records, or from a reservoir.
    ///   - carrier: How the bytes stand on the connection.
    ///   - holdsEnd: Whether a reader sees the end only once it is released.
    ///   - keeps: Whether another connection may follow this one.
    ///   - acknowledged: Tells, of so many given bytes of the flow, how many the peer's kernel has.
    package init(
        _ direction: RelayDirection, connection: Descriptor, _ end: consuming RelayEnd,
        engine: RelayEngine?, checksum: Checksum?, feeding: Feeding? = nil,
        carrier: Carrier = .plain, holdsEnd: Bool = false, keeps: Bool = false,
        acknowledged: @escaping (Int64) -> Int64 = { _ in 0 }, record: Int? = nil
    ) {
        self.direction = direction
        self.holdsEnd = holdsEnd
        self.checksum = checksum
        let choice = EngineChoice.first(
            engine, direction, end.kind, isForeign: !end.servesCommand,
            hasChecksum: checksum != nil, isSealed: carrier.isSealed, isKept: keeps)
        let isSending = direction == .toConnection
        mover = Mover(
            from: isSending ? end.descriptor : connection,
            to: isSending ? connection : end.descriptor,
            direction, ours: end.isOurs ? [connection, end.descriptor] : [connection], choice,
            digest: checksum?.digest, feeding: feeding, carrier: carrier,
            jobControl: end.jobControl,
            keeping: keeps && isSending ? Keeper(acknowledged: acknowledged) : nil,
            goesOn: keeps && !isSending,
            blockSize: Relay.blockSize(isSending, end.kind, record))
        self.end = consume end
    }

    private static func blockSize(_ isSending: Bool, _ kind: FileKind, _ record: Int?) -> Int {
        guard isSending, kind == .characterDevice else { return Mover.usualBlockSize }
        return max(leastTapeRead, record ?? 0)
    }

    /// Hardly any tape has larger records.
    package static let leastTapeRead = 1 << 20

    /// Whether its end passes whole blocks alone.
    package var isDirect: Bool { end.isDirect }

    /// Whether records are what it reads or writes, should it be a tape.
    package var isDevice: Bool { end.kind == .characterDevice }

    package var progress: RelayProgress { mover.progress }
    /// The bytes that a file had for us when it began to be read.
    package var promised: Int64? { mover.promised }
    package var sendsPages: Bool { mover.sendsPages }
    package var hasLostPages: Bool { mover.hasLostPages }
    package var choice: EngineChoice { mover.choice }
    package var feeding: FeedFacts? { mover.feeding }
    /// What to tell of a buffer that is not as large as was asked for.
    package func takeWarning() -> String? {
        mover.takeShortage()?.sentence
    }
    /// When to move again even if nothing is seen.
    package var deadline: Instant? { mover.deadline }
    package var servesCommand: Bool { end.servesCommand }
    package var times: WaitingTimes { waiting }

    /// Whether more may still come from the source, or the target still wants more.
    package var isHeld: Bool { progress.isRunning || isProbing || isSettling }

    /// Whether the kernel still works with its files, which are to stay open until then.
    package var isSettling: Bool { mover.isSettling }

    /// Whether it has nothing to do until its command, or a process that holds its output, goes on.
    package var isStarved: Bool {
        servesCommand && progress.isRunning && progress.held == 0 && mover.awaited != .target
    }

    /// What a command has of our link to it: somebody may still hold it after the command's end.
    package var file: Proc.OpenFile? { end.file }

    /// The process that keeps that pipe open with us.
    package var keeper: CInt? { end.keeper?.leader }

    // MARK: Moving

    package func watch(_ readiness: inout Readiness) {
        if isProbing { readiness.watch(end.descriptor, .reading) }
        mover.watch(&readiness)
        // A reader that goes shows only as an error of our end (KERNEL H7), or its hang-up.
        if direction == .fromConnection, progress.isRunning, end.kind.canBePolled {
            readiness.watch(end.descriptor, .errorsOnly)
        }
    }

    /// Moves what can be moved now.
    ///
    /// - Returns: Whether the relay came to an end of one kind or another.
    package func advance(_ readiness: Readiness) -> Bool {
        if isProbing { return probe(readiness) }
        if isSettling {
            mover.advance()
            conclude()
            return !isSettling
        }
        guard progress.isRunning, !mover.isPaused else { return false }
        let seen = readiness[end.descriptor]
        if direction == .fromConnection, seen.hasError || seen.isHungUp {
            mover.targetLeft()
        } else if mover.isDue(readiness) {
            waiting.add(.now, mover.awaited)
            mover.advance()
            closeEarlier()
        }
        passEndOn()
        return !progress.isRunning || mover.isPaused
    }

    /// The process behind the end sees at once that nothing more comes, or is taken. Only a command
    /// that reads a broken stream must not: it would take a closed pipe for a clean end.
    func passEndOn() {
        guard !progress.isRunning, !isSettling, !isHoldingEnd else { return }
        if direction == .toConnection {
            letGo()
        } else if !servesCommand {
            if progress.hasDelivered { settle() }
            letGo()
        } else if progress.source == .ended, progress.target == .open {
            closeWriting()
        }
    }

    /// Whether everything was given to the reader, and not the end of it.
    package var isHoldingEnd: Bool {
        holdsEnd && direction == .fromConnection && mover.awaitsEnd
    }

    /// Gives the reader the end.
    package func releaseEnd() {
        holdsEnd = false
        mover.releaseEnd()
        passEndOn()
    }

    private func settle() {
        do throws(Errno) {
            try end.settle()
            try mover.confirm()
        } catch {
            mover.targetFailed(error)
        }
    }

    /// Begins to move.
    package func start() {
        mover.advance()
        passEndOn()
    }

    // MARK: What is here

    /// How many bytes it took from its connection, or gave to it.
    package var passedByteCount: Int64 {
        direction == .toConnection
            ? progress.given : mover.takenByteCount + Int64(mover.backlogByteCount)
    }

    package var begunByteCount: Int64 { Int64(mover.begunByteCount) }

    /// What the connection counts besides the bytes of the flow.
    package var overhead: Int64 { mover.overhead }

    /// Bytes that are here and that no command has read.
    package var unreadByteCount: Int {
        end.unreadByteCount + mover.heldByteCount + mover.backlogByteCount
    }

    /// How many of them are sealed, in a record of which no one can read anything without the rest.
    package var unopenedByteCount: Int { mover.unopenedByteCount }

    /// Reads, oldest first, what no command will read any more.
    package func drain(byteCount: Int) -> [UInt8] {
        if end.unreadByteCount > 0 { return end.drain(byteCount: byteCount) }
        defer { closeEarlier() }
        return mover.drain(byteCount: byteCount)
    }
}

extension RelayFacts {
    package init(_ relay: Relay) {
        engine = relay.choice.engine
        reason = relay.choice.reason
        checksum = relay.checksum?.finish()
        waitedForSourceMicroseconds = relay.times.source.nanoseconds / 1000
        waitedForTargetMicroseconds = relay.times.target.nanoseconds / 1000
        feeding = relay.feeding
    }
}

extension BufferShortage {
    package var sentence: String {
        "only \(Text.size(available)) of the \(Text.size(wanted)) asked for are available: using a "
            + "smaller buffer"
    }
}
