import LinuxSystem
import Plumbing

/// Ours: module Testing has one as well.
typealias ExitStatus = LinuxSystem.ExitStatus

/// Counters to begin with: the kernel's of a socket that was never used.
func unusedCounters() throws -> TCPCounters {
    let socket = try TCP.socket(for: .loopbackIPv4, maximumSegment: nil)
    return try TCPCounters(of: socket.number)
}

/// A sending end, and what is to be seen of it at the next look.
final class SendingScene {
    var rules: SendingRules
    var now = Instant(nanoseconds: 1_000_000_000)
    var command: ExitStatus?
    var counters: TCPCounters
    var hasPendingError = false
    /// What the counts tell of a closed connection; `nil` where its state tells it.
    var finIsAcknowledged: Bool?
    var isHeld = true
    /// How often it was asked who holds the socket.
    private(set) var questionCount = 0

    init(isStrict: Bool = false) throws {
        rules = SendingRules(isStrict: isStrict)
        counters = try unusedCounters()
        counters.state = .established
    }

    /// A scene in which the end of stream is on its way.
    static func draining(isStrict: Bool = false) throws -> SendingScene {
        let scene = try SendingScene(isStrict: isStrict)
        scene.command = .exited(0)
        scene.isHeld = false
        _ = scene.step()
        scene.counters.state = .finWait1
        return scene
    }

    func step(after span: Instant.Span = .milliseconds(1)) -> SendingRules.Step {
        now = now + span
        let seen = SendingRules.Observation(
            now: now, command: command, counters: counters,
            finIsAcknowledged: finIsAcknowledged ?? counters.finIsAcknowledged,
            hasPendingError: hasPendingError)
        return rules.step(seen) {
            questionCount += 1
            return isHeld
        }
    }
}

/// A receiving end, and what is to be seen of it at the next look.
final class ReceivingScene {
    var rules = ReceivingRules()
    var now = Instant(nanoseconds: 1_000_000_000)
    var command: ExitStatus?
    var counters: TCPCounters
    /// Before the connection was closed.
    var finWasReceived = false
    var awaitsWord = false
    var unread = 0
    var byteCount: Int64 = 0
    var isHeld = true
    private(set) var questionCount = 0

    init() throws {
        counters = try unusedCounters()
        counters.state = .established
    }

    /// A scene in which the command has left and what is still to come decides.
    static func lingering() throws -> ReceivingScene {
        let scene = try ReceivingScene()
        scene.command = .exited(0)
        scene.isHeld = false
        _ = scene.step()
        return scene
    }

    func step(after span: Instant.Span = .milliseconds(1)) -> ReceivingRules.Step {
        now = now + span
        let seen = ReceivingRules.Observation(
            now: now, command: command, counters: counters,
            finIsReceived: awaitsWord ? nil : finWasReceived || counters.finIsReceived,
            unread: unread,
            byteCount: byteCount)
        return rules.step(seen) {
            questionCount += 1
            return isHeld
        }
    }

    /// Reads what the rules ask for, as the flow's end does, until they ask no more.
    func steps(reading stream: inout [UInt8]) -> ReceivingRules.Step {
        while true {
            unread = stream.count
            guard case .read(let byteCount) = step() else { return lastStep }
            rules.inspect([UInt8](stream.prefix(byteCount)), now: now)
            stream.removeFirst(byteCount)
        }
    }

    private var lastStep: ReceivingRules.Step {
        if case .over(let ending) = rules.state { return .finish(ending) }
        return .wait
    }
}
