import LinuxSystem
import Plumbing

/// A connection as TCP keeps it, between two kernels: bytes, an end and resets on their way.
final class ScriptedFlow: ScriptedInput, ScriptedOutput {
    /// How much may be under way.
    private static let window = 64

    let flow: Flow
    private let agenda: Agenda
    private(set) var written = 0
    private(set) var acknowledged = 0
    private(set) var arrived = 0
    private(set) var read = 0
    private(set) var hasFin = false
    private(set) var finHasArrived = false
    private(set) var finIsAcknowledged = false
    private(set) var isClosedAtSender = false
    private(set) var isClosedAtReceiver = false
    private var isResetByReceiver = false
    private var hasErrorAtSender = false
    /// No packet comes through any more; the kernels notice after a while.
    private(set) var cutAt: Instant?
    var isCut: Bool { cutAt != nil }
    /// Resets do not come through.
    var hidesResets = false
    /// A box on the way makes of a sender's reset an end.
    var turnsResets = false

    // Where the flow may go on by another connection.

    /// The bytes of the flow that went by others before, as its sender has it.
    var base = 0
    /// Whether its reader got bytes that were not the next of the flow.
    var isDisordered = false
    /// Its reader's kernel drops all that comes.
    private(set) var isFrozen = false
    /// Whether both its ends are on this host, so that nothing is ever under way; and what the other
    /// host has of what was sent by it.
    var isLocal = false
    var delivered = 0
    /// What happens when its end is sent.
    var whenEnding: (() -> Void)?
    /// Whether the sender's kernel asked in vain only for room, which tells it nothing.
    private var wasFullAtCut = false
    var tellsOfFullReaders = false

    init(_ flow: Flow, _ agenda: Agenda) {
        self.flow = flow
        self.agenda = agenda
    }

    var unread: Int { arrived - read }
    var hasRoom: Bool { written - read < ScriptedFlow.window && written - acknowledged < 32 }
    var isAtEnd: Bool { (finHasArrived || isFrozen) && unread == 0 && !isResetByReceiver }
    /// The error comes behind what there was to read.
    var isBroken: Bool { isClosedAtReceiver && unread == 0 && !isAtEnd }
    var isDeaf: Bool { isClosedAtSender }

    // MARK: What commands do

    /// - Returns: Whether there is still somebody to write to.
    func write(_ count: Int) -> Bool {
        guard !isClosedAtSender, !hasFin else {
            hasErrorAtSender = false
            return false
        }
        written += count
        deliver()
        return true
    }

    func take(_ count: Int) { read += min(count, unread) }

    // MARK: What ends do

    func closeWriting() {
        guard !isClosedAtSender, !hasFin else { return }
        hasFin = true
        deliver()
        whenEnding?()
    }

    /// What has come stays to be read, and nothing more comes.
    func freeze() {
        isFrozen = true
        if isLocal { arrived = written }
    }

    /// A reader shuts its socket down at the end: both kernels take the connection for closed.
    func shutDown() {
        guard finHasArrived, !isClosedAtReceiver else { return }
        isClosedAtReceiver = true
        keepAlive(atSender: true)
        packet {
            guard !self.isClosedAtSender else { return }
            (self.acknowledged, self.finIsAcknowledged) = (self.written, true)
            self.isClosedAtSender = true
        }
    }

    func reset(from end: End) {
        let isSender = flow.sender == end
        guard isSender ? !isClosedAtSender : !isClosedAtReceiver else { return }
        if isSender {
            isClosedAtSender = true
        } else {
            (isClosedAtReceiver, isResetByReceiver) = (true, true)
        }
        keepAlive(atSender: !isSender)
        guard !hidesResets else { return }
        packet {
            if self.turnsResets, isSender {
                self.finHasArrived = true
            } else {
                self.takeReset(atSender: !isSender)
            }
        }
    }

    // MARK: The network

    /// A box on the way resets both sides, or one of them.
    func breakOnTheWay(atSender: Bool, atReceiver: Bool) {
        if atSender { takeReset(atSender: true) }
        if atReceiver { takeReset(atSender: false) }
    }

    /// A reset that hides from the reader that the end had come before it.
    func forgetEnd() {
        finHasArrived = false
        takeReset(atSender: false)
    }

    /// - Parameter kernelsNotice: Whether they give up before we do.
    func cut(kernelsNotice: Bool = true) {
        if cutAt == nil {
            cutAt = agenda.now
            wasFullAtCut = tellsOfFullReaders && written - read >= ScriptedFlow.window
        }
        guard kernelsNotice else { return }
        agenda.after(.seconds(30)) { self.breakOnTheWay(atSender: true, atReceiver: true) }
    }

    private func takeReset(atSender: Bool) {
        if isFrozen, !atSender { return }
        if atSender {
            if !isClosedAtSender { hasErrorAtSender = true }
            isClosedAtSender = true
        } else {
            isClosedAtReceiver = true
        }
        keepAlive(atSender: !atSender)
    }

    /// The kernel at the side that is still open asks after the other, which has no connection.
    private func keepAlive(atSender: Bool) {
        guard atSender ? !isClosedAtSender : !isClosedAtReceiver else { return }
        agenda.after(.seconds(15)) {
            if atSender ? !self.isClosedAtSender : !self.isClosedAtReceiver {
                self.takeReset(atSender: atSender)
            }
        }
    }

    private func packet(_ action: @escaping () -> Void) {
        agenda.soon(within: 20) { if !self.isCut { action() } }
    }

    private func deliver() {
        let (count, isLast) = (written, hasFin)
        packet {
            guard !self.isClosedAtReceiver else {
                if !self.hidesResets { self.packet { self.takeReset(atSender: true) } }
                return
            }
            if self.isFrozen { return }
            if self.forgery == .cut { return self.acknowledge(count, isLast: isLast) }
            // A segment that came before one sent earlier waits for that.
            self.arrived = max(self.arrived, count)
            if isLast { self.finHasArrived = true }
            self.acknowledge(self.arrived, isLast: self.finHasArrived)
        }
    }

    private func acknowledge(_ count: Int, isLast: Bool) {
        packet {
            guard !self.isClosedAtSender else { return }
            self.acknowledged = max(self.acknowledged, count)
            if isLast { self.finIsAcknowledged = true }
        }
    }

    // MARK: The man in the middle

    /// What he does to records that others sealed.
    enum Forgery: CaseIterable { case altered, cut }

    private(set) var forgery: Forgery?
    /// How many bytes arrived before.
    private var intact = 0

    /// From now on nothing is as it was sent; or he ends it here, and the sender never knows.
    func forge(_ forgery: Forgery) {
        guard self.forgery == nil, !finHasArrived, !isClosedAtReceiver, !isCut else { return }
        (self.forgery, intact) = (forgery, arrived)
        if forgery == .cut { finHasArrived = true }
    }

    /// How many bytes can be opened, of those that nobody has read.
    var openable: Int { forgery == .altered ? max(0, intact - read) : unread }

    /// What a reader of the records finds behind those; `nil` if it is nothing, or the end.
    var damage: Errno? {
        switch forgery {
        case .altered where openable == 0 && (arrived > intact || finHasArrived): .forged
        case .cut where unread == 0: .truncated
        default: nil
        }
    }

    // MARK: What ends see

    func observe(at end: End) -> Observation {
        var seen = Observation()
        if flow.sender == end {
            (seen.written, seen.acknowledged) = (Int64(written), Int64(acknowledged))
            (seen.endIsSent, seen.endIsAcknowledged) = (
                hasFin && !isClosedAtSender, finIsAcknowledged
            )
            seen.isAllAcknowledged = acknowledged == written && hasFin == finIsAcknowledged
            (seen.isClosed, seen.hasPendingError) = (isClosedAtSender, hasErrorAtSender)
        } else {
            (seen.received, seen.unread) = (Int64(arrived), unread)
            (seen.isClosed, seen.endIsReceived) = (isClosedAtReceiver, finHasArrived)
        }
        let silence = cutAt.map { agenda.now - $0 } ?? .seconds(0)
        seen.silentFor = silence
        seen.isProbed = silence > .seconds(6)
        seen.awaitsAnswer = !seen.isClosed && (seen.isProbed || !seen.isAllAcknowledged)
        if wasFullAtCut, flow.sender == end { seen.awaitsAnswer = false }
        return seen
    }
}
