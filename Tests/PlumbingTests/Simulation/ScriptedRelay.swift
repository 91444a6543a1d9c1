import LinuxSystem
import Relaying

@testable import Plumbing

/// What a relay is to an end of a flow, and to who is behind it: a pipe with an end of its own.
final class ScriptedRelay: FlowRelay, ScriptedInput, ScriptedOutput {
    /// How much is between it and who is behind it.
    static let room = 32

    /// What it gives to, or takes from.
    var channel: ScriptedChannel
    let isSending: Bool
    /// Whether a command is behind it; else it is our own standard input or output.
    let servesCommand: Bool
    private unowned let user: ScriptedUser
    var progress = RelayProgress()
    var piped = 0
    var taken = 0
    /// Taken from the source when the connection took no more.
    private var left = 0
    /// Taken from the connection, and in records that nobody can open.
    private var unopened = 0
    private var holdsEnd: Bool
    private var isProbing = false
    private(set) var hasLetGo = false
    private(set) var hasLostPages = false

    // Where the flow may go on by another connection.

    /// Whether it keeps what it gave and nobody acknowledged.
    let keeps: Bool
    let isSealed: Bool
    /// Whether nothing of it goes on any more.
    var isStopped = false
    var isPaused = false
    /// The connections to take from when this one is read to its end.
    var next: [ScriptedChannel] = []
    /// Opened records that wait for room.
    var absorbed = 0

    init(
        _ channel: ScriptedChannel, _ user: ScriptedUser, servesCommand: Bool, holdsEnd: Bool,
        keeps: Bool, isSealed: Bool
    ) {
        self.channel = channel
        self.user = user
        self.servesCommand = servesCommand
        self.keeps = keeps
        self.isSealed = isSealed
        isSending = channel.flow.sender == channel.end
        self.holdsEnd = holdsEnd && !isSending
    }

    var connection: ScriptedFlow { channel.connection }

    // MARK: Who is behind it

    var unread: Int { isSending ? 0 : piped }
    var isAtEnd: Bool { hasLetGo && piped == 0 }
    /// A pipe knows no reset.
    var isBroken: Bool { false }
    var hasRoom: Bool { piped < ScriptedRelay.room }
    var isDeaf: Bool { hasLetGo }

    func take(_ count: Int) { piped -= count }
    func shutDown() {}

    func write(_ count: Int) -> Bool {
        if !hasLetGo { piped += count }
        return !hasLetGo
    }

    // MARK: What becomes of it

    var isHeld: Bool { progress.isRunning || isProbing }
    var isHoldingEnd: Bool { holdsEnd && sourceHasEnded && hasTarget }
    var isSettling: Bool { false }
    var isStarved: Bool { servesCommand && progress.isRunning }
    var isWhole: Bool { sourceHasEnded && left == 0 && progress.held == 0 && !isProbing }
    var sourceHasEnded: Bool { progress.source == .ended }
    var hasTarget: Bool { progress.target == .open }
    var sendsPages: Bool { isSending && !servesCommand && !keeps }
    var begunByteCount: Int64 { 0 }
    var passedByteCount: Int64 { isSending ? progress.given : Int64(taken) }
    var unreadByteCount: Int {
        (servesCommand && !isSending ? piped : 0) + left + unopened + absorbed + unreadBefore
    }
    var unopenedByteCount: Int { unopened }
    var overhead: Int64 { 0 }
    var deadline: Instant? { nil }
    var facts: RelayFacts {
        RelayFacts(engine: .splice, waitedForSourceMicroseconds: 0, waitedForTargetMicroseconds: 0)
    }

    func failure(isConnected: Bool) -> RelayFailure? {
        progress.failure(isSending ? .toConnection : .fromConnection, isConnected: isConnected)
    }

    /// Lets one of its files fail, or what was sent of one be cut, if it is still at work.
    func fail(_ random: inout SeededGenerator) {
        if sendsPages, random.chance(2) {
            hasLostPages = progress.isRunning
        } else {
            fail(ofEnd: random.chance(2))
        }
    }

    /// - Parameter ofEnd: Whether what is behind it fails, and not the connection.
    func fail(ofEnd: Bool) {
        guard progress.isRunning else { return }
        if ofEnd == isSending {
            progress.source = .failed(.invalid)
        } else {
            progress.target = .failed(.invalid)
        }
        passEndOn()
    }

    // MARK: Moving

    func watch(_ readiness: inout Readiness) {}

    func start() { _ = advance(Readiness()) }

    func advance(_ readiness: Readiness) -> Bool {
        if isProbing { return probe() }
        guard progress.isRunning, !isPaused else { return false }
        if isSending { send() } else { receive() }
        passEndOn()
        return !progress.isRunning
    }

    private func send() {
        // What went by another connection goes first.
        let isAgain = progress.held > 0
        let count = min(isAgain ? progress.held : piped, 16)
        if count > 0, connection.hasRoom || connection.isClosedAtSender {
            if isAgain { progress.held -= count } else { piped -= count }
            if connection.write(count) {
                progress.given += Int64(count)
            } else {
                progress.target = .failed(.connectionReset)
                if keeps { progress.held += count } else { left = count }
            }
        }
        if piped == 0, !user.isHolding { progress.source = .ended }
    }

    private func receive() {
        guard user.isHolding else {
            progress.target = .failed(.brokenPipe)
            return
        }
        takeAbsorbed()
        takeFromConnection(min(connection.openable, ScriptedRelay.room - piped))
        guard absorbed == 0 else { return }
        if connection.isAtEnd || connection.isBroken, goOver() { return }
        if connection.isAtEnd { progress.source = .ended }
        // An end that nobody sealed.
        if isSealed, connection.finHasArrived, !connection.hasFin {
            progress.source = .failed(.truncated)
        }
        if let damage = connection.damage { progress.source = .failed(damage) }
        // Where another connection may follow, a loss is no more than the end of this one.
        if connection.isBroken {
            progress.source = keeps && !isStopped ? .ended : .failed(.connectionReset)
        }
    }

    private func passEndOn() {
        guard !progress.isRunning, !isHoldingEnd else { return }
        // Another connection may take it.
        if isSending, keeps, !isStopped, !hasTarget { return }
        if isSending || !servesCommand && !mayGoOn || sourceHasEnded && hasTarget {
            hasLetGo = true
        }
    }

    func releaseEnd() {
        holdsEnd = false
        passEndOn()
    }

    func connectionLeft() {
        isStopped = true
        guard progress.isRunning else {
            if !isProbing { passEndOn() }
            return
        }
        progress.target = .failed(.brokenPipe)
        if left == 0, progress.held == 0 { isProbing = true } else { hasLetGo = true }
    }

    private func probe() -> Bool {
        if piped > 0 { left = 1 } else if user.isHolding { return false }
        if piped == 0 { progress.source = .ended }
        (isProbing, hasLetGo) = (false, true)
        return true
    }

    func endProbing() -> Bool {
        guard isProbing else { return false }
        progress.source = .ended
        (isProbing, hasLetGo) = (false, true)
        return true
    }

    func drain(byteCount: Int) -> [UInt8] {
        let count = min(byteCount, piped)
        guard count == 0 else {
            piped -= count
            return [UInt8](repeating: 1, count: count)
        }
        return drainBefore(byteCount: byteCount)
    }

    var feeding: FeedFacts? { nil }
    func takeWarning() -> String? { nil }
    func failure(of error: Errno) -> StandardFailure { StandardFailure(error) }

    func note(drained bytes: [UInt8]) -> [UInt8] {
        taken += bytes.count
        checkOrder()
        guard let damage = connection.damage else { return bytes }
        progress.source = .failed(damage)
        unopened += bytes.count
        return []
    }

    func stop() {
        progress.target = .failed(.brokenPipe)
        (isProbing, isStopped) = (false, true)
        if isSending || !servesCommand { hasLetGo = true }
    }
}
