import Glibc
import KernelFixtures
import LinuxSystem
import Plumbing

/// The shell that a push talks to, until what it took is the other end.
final class ScriptedShell {
    /// What keeps the program from running there.
    enum Obstacle: CaseIterable {
        case terminal, machine, noExecution, full, nowhere
        /// The login ends in the middle of the bytes.
        case cut
        /// The file here has become shorter.
        case changed
    }

    private unowned let session: ScriptedSession
    private let login: ScriptedLogin
    private let obstacle: Obstacle?
    /// How often it asks: a folder may be full.
    private var asksLeft: Int
    /// The bytes that it still waits for: those of its script, then those of a program.
    private var awaited: Int
    private var isReading = false

    init(
        _ session: ScriptedSession, _ login: ScriptedLogin, _ push: Push, _ obstacle: Obstacle?
    ) {
        self.session = session
        self.login = login
        self.obstacle = obstacle
        asksLeft = 1 + session.agenda.random.below(6)
        awaited = push.script.count
    }

    /// Bytes have come.
    func take(_ count: Int) {
        session.demand(count <= awaited, "a shell got more than it asked for")
        awaited -= count
        if obstacle == .cut, isReading { return session.end(login, .exited(255)) }
        guard awaited == 0 else { return }
        session.agenda.soon(within: 20) { self.goOn() }
    }

    /// Only who leaves says anything else to it, and that no program hears.
    func take(_ message: ControlMessage) {
        session.demand(message.line.verb == "cancel", "a shell was told '\(message.line.verb)'")
        awaited = .max
    }

    private func goOn() {
        switch obstacle {
        case .terminal where !isReading: refuse(.terminal)
        case .machine where !isReading:
            refuse(.push(.machine(system: "SunOS", machine: "sun4u")))
        case .nowhere where !isReading: refuse(.push(.nowhere))
        case .noExecution where asksLeft == 0: refuse(.push(.noExecution))
        case .full where asksLeft == 0: refuse(.push(.full))
        case _ where asksLeft == 0: session.runThere(by: login)
        default: ask()
        }
    }

    private func ask() {
        let program = ScriptedProgram.whole.file
        isReading = true
        asksLeft -= 1
        awaited = program.byteCount
        say(.boot(machine: program.machine.rawValue, byteCount: Int64(program.byteCount)))
    }

    private func refuse(_ failure: Failure) {
        say(.failed(failure))
        session.end(login, .exited(125))
    }

    private func say(_ message: ControlMessage) {
        session.trace("the shell says \(ScriptedSession.shown(message.line))")
        login.fromThere.send(raw: [UInt8(ascii: "\n")] + message.line.encoded)
    }
}

/// A program of a few bytes, in a file that has no name any more.
final class ScriptedProgram: Sendable {
    static let whole = ScriptedProgram()
    /// One that has become shorter since we looked.
    static let changed = ScriptedProgram(isShortened: true)

    let file: ProgramFile
    private let descriptor: OwnedDescriptor

    private init(isShortened: Bool = false) {
        var bytes = [0x7f] + [UInt8]("ELF".utf8) + [UInt8](repeating: 0, count: 60_000)
        bytes[18] = 62
        guard let descriptor = try? ScratchFile(bytes).open(O_RDWR | O_CLOEXEC),
            let file = ProgramFile(at: Path([UInt8]("/proc/self/fd/\(descriptor.number)".utf8)))
        else { fatalError("no program to push") }
        if isShortened { ftruncate(descriptor.number, 30_000) }
        self.descriptor = descriptor
        self.file = file
    }
}
