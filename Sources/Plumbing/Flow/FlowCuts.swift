import LinuxSystem
import Relaying

/// The losses of a flow's connection that the flow survives: what was given and not acknowledged is
/// kept, and goes out again by the next connection.
package struct FlowCuts: Sendable {
    /// For how long the peer's kernel may owe an answer before we look for another connection.
    static var patience: Instant.Span { .seconds(10) }

    /// The number of the connection: 0 is the first.
    package var turn: Int64 = 0
    /// Whether the connection is lost, and another is awaited.
    package var isOpen = false
    /// What was wrong with the path of the lost connection.
    var pathHint: String?
    /// What the end that reads had of the flow when the connection was lost.
    var rest: FlowRest?
    /// What the other end is to know of it.
    var news: FlowEvent?
}

extension FlowEnd {
    /// Whether the flow waits for another connection.
    package var isCut: Bool { cuts?.isOpen == true && !isOver }

    /// Whether the flow waits for another connection, or does so from now on.
    func isCut(_ seen: Observation, _ command: ExitStatus?, _ now: Instant) -> Bool {
        guard let cuts, brokenByPeerAt == nil else { return false }
        if !cuts.isOpen {
            // What goes through the login is lost with it, and not before.
            guard !channel.isBridged, isLost(seen) else { return false }
            cut()
        }
        // What a killed command wrote must not look whole, whichever way it takes.
        if case .sending(let sending) = rules, sending.mustBreak(command) { breakStream() }
        return true
    }

    private func isLost(_ seen: Observation) -> Bool {
        let isSilent = answers.silence >= FlowCuts.patience
        guard isReceiving else { return seen.isClosed ? !seen.endIsAcknowledged : isSilent }
        // A sender that waits for room here never asks whether anybody is there: we do.
        return (seen.isClosed || isSilent) && !seen.endIsReceived
    }

    /// Takes nothing more from the connection, and gives nothing more to it.
    private func cut() {
        guard var cuts else { return }
        let turn = cuts.turn
        (cuts.pathHint, cuts.isOpen) = (pathHint, true)
        self.cuts = cuts
        guard isReceiving else {
            relay?.pause()
            _ = channel.reset()
            self.cuts?.news = .lost(turn: turn)
            return
        }
        guard let rest = rest() else { return breakStream() }
        self.cuts?.rest = rest
        let isWhole = hasAll
        self.cuts?.isOpen = !isWhole
        self.cuts?.news = .has(FlowRest(byteCount: rest.byteCount, isWhole: isWhole), turn: turn)
    }

    /// Whether the connection was lost behind the flow's last byte, as the end that writes says. Nothing
    /// else is missing then, though its end may be.
    var hasAll: Bool {
        guard let rest = cuts?.rest else { return false }
        return rest.isWhole && word.wholeByteCount == rest.byteCount
    }

    /// The end that writes has said how much there is: that may be what is here.
    func settleCut() {
        guard let cuts, cuts.isOpen, hasAll, let rest = cuts.rest else { return }
        self.cuts?.isOpen = false
        self.cuts?.news = .has(rest, turn: cuts.turn)
    }

    /// What is here, and stays so: what comes later comes by another connection.
    private func rest() -> FlowRest? {
        guard let relay else { return nil }
        channel.freeze()
        do throws(Errno) {
            var rest = try relay.freeze()
            rest.byteCount = channel.broughtByteCount ?? rest.byteCount
            return rest
        } catch {
            ownFailure = error
            return nil
        }
    }

    /// The other end broke the flow: no other connection comes.
    func giveUpCut() {
        guard let cuts, !isOver else { return }
        if cuts.isOpen { _ = channel.reset() }
        self.cuts?.isOpen = false
        if isReceiving { relay?.giveUp() }
    }

    /// Whether only the other end can say that all is there, as the bytes may be lost with the login.
    var awaitsRest: Bool { cuts != nil && channel.isBridged && !isReceiving }

    /// What the other end waits for, once all of a flow through the login is here.
    var wholeRest: FlowEvent? {
        guard let cuts, channel.isBridged, isReceiving, let facts, facts.ending == .finished else {
            return nil
        }
        return .has(FlowRest(byteCount: facts.byteCount, isWhole: true), turn: cuts.turn)
    }

    /// The connection is lost, as something else tells.
    package func lose() -> [FlowEvent] {
        guard let cuts, !cuts.isOpen, !isOver, brokenByPeerAt == nil else { return [] }
        cut()
        return takeEvents()
    }

    /// The connection that was to be the next is gone: it is lost as well.
    package func miss() -> [FlowEvent] {
        guard isCut else { return [] }
        cuts?.turn += 1
        cut()
        return takeEvents()
    }

    /// The end that writes says that the connection of this turn is lost.
    package func peerLost(_ turn: Int64) -> [FlowEvent] {
        guard let cuts, cuts.turn == turn, isReceiving else { return [] }
        if let facts {
            // Without an end it was left, or broken, and the other end has been told so.
            guard facts.ending == .finished else { return [] }
            return [.has(FlowRest(byteCount: facts.byteCount, isWhole: true), turn: turn)]
        }
        if !cuts.isOpen { cut() }
        return takeEvents()
    }

    /// The end that reads says what it has of the connection of this turn and those before.
    package func peerHas(_ rest: FlowRest, _ turn: Int64) {
        guard let cuts, cuts.turn == turn, !isReceiving else { return }
        if isOver { return tellOfLack(after: rest) }
        hurry()
        guard rest.isWhole else {
            if !cuts.isOpen { cut() }
            self.cuts?.news = nil
            return
        }
        facts = counted(.finished, seen)
        // Its acknowledgement may be lost, which the connection's own count would take for a fault.
        facts?.byteCount = rest.byteCount
        facts?.ending = relay?.passedByteCount == rest.byteCount ? .finished : .miscounted
        closeChannel(inOrder: false)
    }

    /// What the other end's kernel had acknowledged, and then lost, nobody keeps any more. Where it has
    /// all, it has yet to hear so.
    private func tellOfLack(after rest: FlowRest) {
        guard let facts, facts.ending == .finished, rest.byteCount < facts.byteCount else { return }
        self.facts?.ending = .reset
        cuts?.news = .broken
    }

    /// Goes on by another connection, behind what the reading end has.
    ///
    /// - Returns: How many bytes go out again.
    package func resume(on channel: Parts.Channel, from byteCount: Int64) -> Int64 {
        guard isCut, let relay else {
            channel.close(inOrder: false)
            return 0
        }
        let old = self.channel
        let resent =
            isReceiving ? 0 : relay.passedByteCount + relay.begunByteCount - byteCount
        self.channel = channel
        cuts?.turn += 1
        cuts?.isOpen = false
        cuts?.rest = nil
        cuts?.news = nil
        (seen, hasBeenSeen) = (nil, false)
        answers = AnswerWatch(heartbeat: answers.heartbeat)
        if case .sending(var sending) = rules {
            sending.resume()
            rules = .sending(sending)
        }
        do throws(Errno) {
            try parts.resume(relay, on: channel, after: old, from: byteCount)
        } catch {
            breakStream()
            // Where the other end lacks what its kernel acknowledged, something on the way lied.
            if error == .protocolError { facts?.ending = .reset } else { ownFailure = error }
            old.close(inOrder: false)
        }
        hurry()
        return resent
    }
}
