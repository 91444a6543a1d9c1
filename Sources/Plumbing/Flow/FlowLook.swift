import LinuxSystem
import Relaying

/// What one look at a flow starts from.
struct FlowLook {
    let now: Instant
    /// How the command at this end ended; `nil` while it runs.
    let command: ExitStatus?
    /// Its process, while it runs.
    let process: CInt?
    /// Commands of this end that never got the socket.
    let strangers: [CInt]
    let seen: Observation
}

/// What follows from a look.
extension FlowEnd {
    func follow(_ look: FlowLook) {
        passEnd(look.seen)
        if isOver { return }
        // The end may show what is wrong with a file.
        if let relay, hasFailed(relay, look) { return breakStream() }
        // What the kernel is still to end is counted nowhere yet, or twice.
        if relay?.isSettling == true { return }
        // Our own input or output is to us what a command is: it ends, and well.
        let command =
            if let relay, !relay.servesCommand {
                relay.isHeld || relay.isHoldingEnd ? nil : ExitStatus.exited(0)
            } else {
                look.command
            }
        switch rules {
        case .sending(var sending):
            step(&sending, command, look)
            rules = .sending(sending)
        case .receiving(var receiving):
            step(&receiving, command, look)
            rules = .receiving(receiving)
        }
    }

    /// Whether the relay cannot go on: what it did not move would be missing from a clean end.
    private func hasFailed(_ relay: Parts.Relay, _ look: FlowLook) -> Bool {
        if relay.hasLostPages {
            standardFailure = .misplaced
            return true
        }
        // A relay that gave up what the other end broke has not failed.
        let hasGivenUp = cuts != nil && isReceiving && brokenByPeerAt != nil
        switch relay.failure(isConnected: !look.seen.isClosed && !hasGivenUp) {
        case nil: return false
        case .ofConnection(.forged): return damaged(.altered, relay)
        case .ofConnection(.truncated): return damaged(.truncated, relay)
        case .ofEnd(let error) where !relay.servesCommand: standardFailure = error
        case .ofEnd(let error), .ofConnection(let error): ownFailure = error
        }
        return true
    }

    /// A command that reads is ended before it could see an end, as after a reset.
    ///
    /// - Returns: Whether the stream is to be broken at once.
    private func damaged(_ damage: FlowFacts.Ending, _ relay: Parts.Relay) -> Bool {
        guard self.damage == nil else { return false }
        self.damage = damage
        return !(relay.servesCommand && channel.reset())
    }

    private func step(_ sending: inout SendingRules, _ command: ExitStatus?, _ look: FlowLook) {
        var seen = look.seen
        if let relay, seen.isClosed {
            relay.connectionLeft()
            seen.hasPendingError = seen.hasPendingError && relay.isWhole
        }
        let step = sending.step(
            seen, command: command, look.now, isHeld: { self.isHeldBySource(look) },
            holdsReset: { self.channel.takeReset() })
        switch step {
        case .wait: break
        case .shutDownWriting:
            channel.closeWriting()
            hurry()
        case .breakStream: breakStream()
        case .finish(let ending): facts = counted(ending, look.seen)
        }
    }

    private func step(_ receiving: inout ReceivingRules, _ command: ExitStatus?, _ look: FlowLook) {
        var seen = look.seen
        // A command may have chosen to read urgent bytes apart: those are not to look read.
        if look.command != nil { channel.keepUrgentDataInLine() }
        while true {
            let awaitsWord = hearsOfEnd && judgeEnd(seen) == .wait
            var left = seen
            left.unread += relay?.unreadByteCount ?? 0
            // A FIN that nobody sealed is no end.
            if damage != nil { (left.isClosed, left.endIsReceived) = (true, false) }
            let step = receiving.step(
                left, command: command, awaitsWord: awaitsWord, look.now,
                isHeld: { self.isHeldByReader(look) })
            switch step {
            case .wait: return
            case .read(let byteCount):
                guard let bytes = drain(byteCount: byteCount), !bytes.isEmpty else { return }
                receiving.inspect(bytes, now: look.now)
                seen = (try? observe()) ?? seen
            case .finish(let ending):
                finish(ending, receiving)
                return
            }
        }
    }

    private func finish(_ ending: FlowFacts.Ending, _ receiving: ReceivingRules) {
        guard let seen = try? observe(atRest: true) else { return breakStream() }
        // What the reader was never shown was no good end.
        let isBroken = (isHoldingEnd || cuts != nil) && judgeEnd(seen) == .broken
        let ending = isBroken && ending == .finished ? .reset : damage ?? ending
        var counted = counted(ending, seen)
        counted.unread = Int64(seen.unread + (relay?.unreadByteCount ?? 0) + receiving.rejected)
        counted.padding = Int64(receiving.padding)
        if let relay {
            counted.account(
                for: relay.passedByteCount + Int64(seen.unread),
                isClosed: seen.isClosed && !seen.endIsReceived)
        }
        facts = counted
        channel.acknowledge()
        // Kept, our copy would leave the producer blocked for ever; after a FIN nobody waits.
        if ending != .finished {
            relay?.stop()
            closeChannel(inOrder: false)
        }
    }

    /// What can be told of the flow now that it ended here.
    func counted(_ ending: FlowFacts.Ending, _ seen: Observation?) -> FlowFacts {
        var facts = FlowFacts(ending, byteCount: 0)
        facts.relay = relay?.facts
        guard let seen else { return facts }
        facts.path = seen.path
        facts.path.backlogMicroseconds = backlog.time.map { $0.nanoseconds / 1000 }
        switch rules {
        case .receiving: facts.byteCount = seen.received - unopenedByteCount(seen)
        case .sending where ending == .finished:
            facts.byteCount = seen.acknowledged
            if let relay, relay.passedByteCount != facts.byteCount { facts.ending = .miscounted }
        case .sending:
            facts.byteCount = relay?.passedByteCount ?? seen.written
        }
        return facts
    }

    /// What arrived of a stream that was changed, and that nobody may open.
    private func unopenedByteCount(_ seen: Observation) -> Int64 {
        damage == nil ? 0 : Int64(seen.unread + (relay?.unopenedByteCount ?? 0))
    }

    private func isHeldBySource(_ look: FlowLook) -> Bool {
        guard let relay else { return isHeldByWriter(look) }
        // Its own end of stream tells a relay enough; who keeps it open is for the user to know.
        if look.command != nil, relay.isStarved { _ = isHeldByProcess(look) }
        return relay.isHeld || isEnding(look) || isSendingPages(relay, look)
    }

    private func isHeldByReader(_ look: FlowLook) -> Bool {
        guard let relay else {
            return isHeldByReader(look, isRead: look.seen.endIsReceived && look.seen.unread == 0)
        }
        // A reader that is gone may have had all it wanted: what is left to read decides.
        if relay.isHeld { return true }
        // Of our own output only the end is still ours.
        guard relay.servesCommand else { return relay.isHoldingEnd }
        guard relay.hasTarget else { return false }
        let isWaiting = relay.isHoldingEnd && judgeEnd(look.seen) == .wait
        if !relay.sourceHasEnded || (relay.isHoldingEnd && !isWaiting) {
            endReaders(look.now)
        }
        if isWaiting && look.command == nil { return true }
        let isRead = relay.sourceHasEnded && relay.unreadByteCount == 0
        return isHeldByReader(look, isRead: isRead)
    }

    /// When all is read it does not matter who of others may read, or of those that we may not look into.
    private func isHeldByReader(_ look: FlowLook, isRead: Bool) -> Bool {
        guard isRead else { return isHeldByProcess(look) }
        let isUnknown = look.command != nil && holders.hasOnlyUnseen(look.now)
        return isHeldByProcess(look, among: .ours) && !isUnknown
    }

    /// We can end our own processes that we see with the stream, so we wait for them first. Only the
    /// kernel knows of all others: a process that we may not look into, a write whose descriptor was
    /// closed meanwhile, a descriptor under way to a process that was there before.
    private func isHeldByWriter(_ look: FlowLook) -> Bool {
        if channel.isLetGo {
            guard channel.isHeldByOthers else { return false }
            if !isHeldByProcess(look) { holders.noteUnseen(look.now) }
            return true
        }
        if !seesNoWriter { seesNoWriter = !isHeldByProcess(look, among: .ours) }
        let isUnknown = look.command != nil && holders.hasOnlyUnseen(look.now)
        guard seesNoWriter || isUnknown else { return true }
        if isEnding(look) { return true }
        switch channel.letGo() {
        case .impossible: return isHeldByProcess(look)
        case .notYet: return true
        case .done:
            hurry()
            return channel.isHeldByOthers
        }
    }

    /// What is not acknowledged yet may still be taken from a file that somebody cuts.
    private func isSendingPages(_ relay: Parts.Relay, _ look: FlowLook) -> Bool {
        // A connection that is gone takes nothing any more.
        relay.sendsPages && !look.seen.isClosed && !look.seen.isAllAcknowledged
    }

    /// Its descriptors are gone before we know how it ended, and a killed one's reader is to see an
    /// error. Asked last: it may begin to exit while we look.
    private func isEnding(_ look: FlowLook) -> Bool {
        look.process.map { parts.isEnding($0) } ?? false
    }

    private func isHeldByProcess(
        _ look: FlowLook, among reach: HolderWatch.Reach = .everybody
    ) -> Bool {
        holders.isHeld(besides: look.strangers, look.command != nil, look.now, among: reach)
    }

    /// The stream broke, and a pipe knows no reset: who reads it must not live to see its end.
    private func endReaders(_ now: Instant) {
        let since = endingReadersSince ?? now
        if endingReadersSince == nil { holders.endHolders(by: Signal.terminate) }
        if now - since > Termination.patience { holders.endHolders(by: Signal.kill) }
        endingReadersSince = since
    }

    private func drain(byteCount: Int) -> [UInt8]? {
        guard let relay else { return channel.drain(byteCount: byteCount) }
        let held = relay.drain(byteCount: byteCount)
        if !held.isEmpty || relay.unreadByteCount > relay.unopenedByteCount { return held }
        return channel.drain(byteCount: byteCount).map { relay.note(drained: $0) }
    }
}
