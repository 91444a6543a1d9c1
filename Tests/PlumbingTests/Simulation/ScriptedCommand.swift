import LinuxSystem
import Plumbing

/// A command that reads and writes at its leisure, and ends well or not.
final class ScriptedCommand {
    /// What it will do.
    struct Script {
        /// How much it writes.
        var size = 0
        /// After how much it reads no more; to the end if `nil`.
        var appetite: Int?
        var status = ExitStatus.exited(0)
        /// How long a child of it keeps its files.
        var childLives = Instant.Span.milliseconds(0)
        /// How long it does nothing when it has begun.
        var rests = Instant.Span.milliseconds(0)
    }

    let role: Role
    let script: Script
    private let agenda: Agenda
    let input: ScriptedFlow?
    private let output: ScriptedFlow?
    private(set) var command: Command
    private(set) var isAtEnd = false
    /// How much it wrote where no flow takes it.
    private(set) var home = 0
    private var endedAt: Instant?
    /// Asked when it ends.
    var isIntact: () -> Bool = { true }
    /// Called when it has ended.
    var onEnd: () -> Void = {}

    init(
        _ role: Role, _ script: Script, input: ScriptedFlow?, output: ScriptedFlow?,
        _ agenda: Agenda
    ) {
        self.role = role
        self.script = script
        self.input = input
        self.output = output
        self.agenda = agenda
        command = Command(role: role, words: [Word("command")], pid: 1, started: agenda.now)
        agenda.after(script.rests) { self.goOn() }
    }

    var status: ExitStatus? { command.status }

    func isHolding(_ now: Instant) -> Bool {
        guard let endedAt else { return true }
        return now < endedAt + script.childLives
    }

    func kill(_ signal: CInt) { end(.killed(signal: signal)) }

    private func goOn() {
        agenda.soon(within: 30) {
            guard self.status == nil else { return }
            self.act()
            if self.status == nil { self.goOn() }
        }
    }

    private func act() {
        let hasRead = readSome()
        if status != nil { return }
        let hasWritten = writeSome()
        if status == nil, hasRead, hasWritten { end(script.status) }
    }

    /// - Returns: Whether it wants no more.
    private func readSome() -> Bool {
        guard let input else { return true }
        let appetite = script.appetite ?? .max
        if input.read >= appetite { return true }
        input.take(min(appetite - input.read, 1 + agenda.random.below(32)))
        if input.isAtEnd {
            isAtEnd = true
            return true
        }
        // The error comes behind what there was to read.
        if input.isClosedAtReceiver, input.unread == 0 { end(.exited(1)) }
        return false
    }

    /// - Returns: Whether it has written all.
    private func writeSome() -> Bool {
        guard let output else {
            home = script.size
            return true
        }
        guard output.written < script.size else { return true }
        guard output.hasRoom || output.isClosedAtSender else { return false }
        let count = min(script.size - output.written, 1 + agenda.random.below(24))
        if !output.write(count) { end(agenda.random.chance(2) ? .killed(signal: 13) : .exited(1)) }
        return output.written >= script.size
    }

    private func end(_ status: ExitStatus) {
        guard command.status == nil else { return }
        command.wasIntact = isIntact()
        command.status = status
        command.ended = agenda.now
        endedAt = agenda.now
        onEnd()
    }
}
