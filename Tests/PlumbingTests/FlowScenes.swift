import LinuxSystem
import Plumbing

/// Ours: module Testing has one as well.
typealias ExitStatus = LinuxSystem.ExitStatus

/// A sending end, and what is to be seen of it at the next look.
final class SendingScene {
    var rules: SendingRules
    var now = Instant(nanoseconds: 1_000_000_000)
    var command: ExitStatus?
    var seen = Observation()
    var isHeld = true
    /// How often it was asked who holds the socket.
    private(set) var questionCount = 0

    init(isStrict: Bool = false) {
        rules = SendingRules(isStrict: isStrict)
    }

    /// A scene in which the end of stream is on its way.
    static func draining(isStrict: Bool = false) -> SendingScene {
        let scene = SendingScene(isStrict: isStrict)
        scene.command = .exited(0)
        scene.isHeld = false
        _ = scene.step()
        return scene
    }

    func step(after span: Instant.Span = .milliseconds(1)) -> SendingRules.Step {
        now = now + span
        return rules.step(seen, command: command, now) {
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
    var seen = Observation()
    var awaitsWord = false
    var isHeld = true
    private(set) var questionCount = 0

    /// A scene in which the command has left and what is still to come decides.
    static func lingering() -> ReceivingScene {
        let scene = ReceivingScene()
        scene.command = .exited(0)
        scene.isHeld = false
        _ = scene.step()
        return scene
    }

    func step(after span: Instant.Span = .milliseconds(1)) -> ReceivingRules.Step {
        now = now + span
        return rules.step(seen, command: command, awaitsWord: awaitsWord, now) {
            questionCount += 1
            return isHeld
        }
    }

    /// Reads what the rules ask for, as the flow's end does, until they ask no more.
    func steps(reading stream: inout [UInt8]) -> ReceivingRules.Step {
        while true {
            seen.unread = stream.count
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
