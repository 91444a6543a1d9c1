import LinuxSystem
import Plumbing

/// What somebody reads.
protocol ScriptedInput: AnyObject {
    var unread: Int { get }
    /// Whether the reader sees the end of the stream.
    var isAtEnd: Bool { get }
    /// Whether the reader sees an error.
    var isBroken: Bool { get }
    func take(_ count: Int)
    /// The reader shuts down what it has read to the end.
    func shutDown()
}

/// What somebody writes.
protocol ScriptedOutput: AnyObject {
    var hasRoom: Bool { get }
    /// Whether nobody is there any more to write to.
    var isDeaf: Bool { get }
    /// - Returns: Whether there was still somebody to write to.
    func write(_ count: Int) -> Bool
}

/// A command that reads and writes at its leisure, and ends well or not; or who does so at our own
/// standard input or output.
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
        /// How long after its files its status comes.
        var exits = Instant.Span.milliseconds(0)
        /// Whether no look into processes shows that child.
        var hidesChild = false
        /// Whether it shuts its input down when it has read it.
        var shutsDown = false
        /// How long it does nothing when it has begun.
        var rests = Instant.Span.milliseconds(0)
    }

    let role: Role
    let script: Script
    private let agenda: Agenda
    let input: (any ScriptedInput)?
    private let output: (any ScriptedOutput)?
    private(set) var command: Command
    private(set) var isAtEnd = false
    /// How much it has read, and written.
    private(set) var read = 0
    private var written = 0
    /// How much it wrote where no flow takes it.
    private(set) var home = 0
    /// When it let go of its files.
    private var exitedAt: Instant?
    private var childEndsAt: Instant?

    init(
        _ role: Role, _ id: CommandID, _ script: Script, input: (any ScriptedInput)?,
        output: (any ScriptedOutput)?, _ agenda: Agenda
    ) {
        self.role = role
        self.script = script
        self.input = input
        self.output = output
        self.agenda = agenda
        command = Command(role: role, words: [Word("command")], pid: 1, started: agenda.now)
        command.id = id
        agenda.after(script.rests) { self.goOn() }
    }

    var status: ExitStatus? { command.status }

    /// Whether it has let go of its files, and its status has not come.
    var isExiting: Bool { exitedAt != nil && status == nil }

    /// Whether it has its files, or a child of it.
    var isHolding: Bool { exitedAt == nil || childEndsAt.map { agenda.now < $0 } ?? false }

    /// Whether that can be seen.
    var isSeenHolding: Bool { exitedAt == nil || isHolding && !script.hidesChild }

    func kill(_ signal: CInt) { end(.killed(signal: signal)) }

    /// Ends it, and the child that has its files.
    func killAll(_ signal: CInt) {
        kill(signal)
        childEndsAt = nil
    }

    private func goOn() {
        agenda.soon(within: 30) {
            guard self.exitedAt == nil else { return }
            self.act()
            if self.exitedAt == nil { self.goOn() }
        }
    }

    private func act() {
        let hasRead = readSome()
        if exitedAt != nil { return }
        let hasWritten = writeSome()
        if exitedAt == nil, hasRead, hasWritten { end(script.status) }
    }

    /// - Returns: Whether it wants no more.
    private func readSome() -> Bool {
        guard let input, !isAtEnd else { return true }
        let appetite = script.appetite ?? .max
        if read >= appetite { return true }
        let count = min(appetite - read, 1 + agenda.random.below(32), input.unread)
        input.take(count)
        read += count
        if input.isAtEnd {
            isAtEnd = true
            if script.shutsDown { input.shutDown() }
            return true
        }
        if input.isBroken { end(.exited(1)) }
        return false
    }

    /// - Returns: Whether it has written all.
    private func writeSome() -> Bool {
        guard let output else {
            home = script.size
            return true
        }
        guard written < script.size else { return true }
        guard output.hasRoom || output.isDeaf else { return false }
        let count = min(script.size - written, 1 + agenda.random.below(24))
        written += count
        if !output.write(count) { end(agenda.random.chance(2) ? .killed(signal: 13) : .exited(1)) }
        return written >= script.size
    }

    /// Its files go first; its status comes a little later.
    private func end(_ status: ExitStatus) {
        guard exitedAt == nil else { return }
        exitedAt = agenda.now
        childEndsAt = agenda.now + script.childLives
        agenda.after(script.exits) {
            self.command.status = status
            self.command.ended = self.agenda.now
        }
        // Whoever waits for the last that has them.
        agenda.after(script.childLives) {}
    }
}
