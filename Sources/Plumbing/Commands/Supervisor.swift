import LinuxSystem

/// The commands that one end started: it starts them, sees them end, and ends them.
package final class Supervisor {
    package enum Event {
        case ended(Command)
        case loginStopped(signal: CInt)
        case signalled(CInt)
        /// SIGUSR1 asks for our progress.
        case asked
        /// SIGWINCH: the terminal has another size.
        case resized
    }

    private let signals: Signals
    private let environment: Environment
    package private(set) var commands: [Command] = []
    private var loginID: CommandID?
    /// Login commands that another takes the place of, and how they are pressed to end.
    private var abandoned: [CommandID] = []
    private var abandonedEnding: Termination?
    private var termination: Termination?
    /// Whether the end of a terminal, or of its session, is none of ours.
    private var ignoresHangUp = false
    package private(set) var guarding: Guard?

    /// Takes over this process's signals and becomes the parent of orphans.
    package init(environment: Environment) throws(Errno) {
        signals = try Signals()
        try Process.adoptOrphans()
        // A bash whose standard input is a socket would run ~/.bashrc into the stream (KERNEL H25).
        let level = environment["SHLVL"].flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        self.environment = level < 1 ? environment.setting("SHLVL", to: "1") : environment
    }

    /// Gives signals back, so that our last messages do not delay one.
    deinit { signals.giveBack() }

    /// The signals by which a terminal may stop us, as we inherited them.
    package var jobControl: JobControl { JobControl(ignoring: signals.inheritedIgnored) }

    /// Starts a command.
    ///
    /// - Parameters:
    ///   - shape: Sets descriptors, group and parent-death signal of the order.
    @discardableResult package func start(
        _ role: Role, _ words: [Word], _ shape: (inout SpawnOrder) -> Void
    ) throws(Errno) -> Command {
        var order = SpawnOrder(words, environment: environment, signals: signals)
        shape(&order)
        if role != .login { order.guarding = guarding }
        let pid = try order.spawn()
        var command = Command(role: role, words: words, pid: pid, started: .now)
        command.id = CommandID(commands.count)
        commands.append(command)
        if role == .login { loginID = command.id }
        return command
    }

    /// From now on commands must not outlive us.
    ///
    /// - Parameters:
    ///   - links: What relays write into, kept open until the commands are dead.
    ///   - files: What the commands get of the flows.
    package func guardCommands(
        keeping links: [Descriptor], against files: [Proc.OpenFile]
    ) throws(Errno) {
        guarding = try Guard(keeping: links, against: files)
    }

    /// Lets processes that the commands left behind live on when we end: the end is orderly.
    package func releaseCommands() {
        guarding.take()?.dismiss()
    }

    /// The login command that was started last.
    package var login: Command? { commands.first { $0.id == loginID } }

    // MARK: Waiting

    package func watch(_ readiness: inout Readiness) {
        readiness.watch(signals.descriptor.borrowed, .reading)
    }

    /// The signals that arrived, and the children that ended or stopped, since the last call; it
    /// reaps any child, whichever code started it.
    ///
    /// - Parameter isIntact: Whether the flows of a command that just ended are unbroken.
    package func advance(
        _ readiness: Readiness, isIntact: (CommandID) -> Bool
    ) -> [Event] {
        guard readiness[signals.descriptor.borrowed].isReady else { return [] }
        var events: [Event] = []
        while let signal = signals.next() {
            switch signal {
            case Signal.child: continue
            case Signal.inquiry: events.append(.asked)
            case Signal.resize: events.append(.resized)
            case Signal.hangUp where ignoresHangUp: continue
            default: events.append(.signalled(signal))
            }
        }
        while let reaped = Reaped.next() {
            switch reaped {
            case .ended(let pid, let status):
                // Another process may get its number before we would dismiss it.
                if pid == guarding?.leader { guarding = nil }
                guard let index = commands.firstIndex(where: { $0.pid == pid }) else { continue }
                guarding?.forget(pid)
                commands[index].ended = .now
                commands[index].status = status
                commands[index].wasIntact = isIntact(commands[index].id)
                if abandoned.contains(commands[index].id) { continue }
                events.append(.ended(commands[index]))
            case .stopped(let pid, let signal):
                if pid == login?.pid { events.append(.loginStopped(signal: signal)) }
            }
        }
        return events
    }

    // MARK: Ending

    package var deadline: Instant? {
        guard let other = abandonedEnding?.deadline else { return termination?.deadline }
        return min(other, termination?.deadline ?? other)
    }
    package var isEnding: Bool { termination != nil }
    /// Whether we have tried everything to end them.
    package var hasGivenUp: Bool { termination?.stage == .givenUp }

    /// Begins to end all our descendants except the login command.
    package func endCommands(isUrgent: Bool = false) {
        if termination == nil {
            termination = Termination(now: .now, isUrgent: isUrgent)
        } else if isUrgent {
            termination?.hurry(.now)
        }
        signalSurvivors()
    }

    /// Goes to the next stage when the patience of the present one is over.
    package func advanceEnding() {
        pressAbandoned()
        guard termination != nil else { return }
        if termination?.advance(.now) == true { signalSurvivors() }
    }

    /// Begins to end the processes that the login command left behind, now that it is gone.
    package func endOrphansOfLogin() {
        // A second signal made it urgent, and it stays so.
        termination = Termination(now: .now, isUrgent: termination?.isUrgent ?? false)
        signalSurvivors()
    }

    /// Our descendants that must end: not the login command and its children while it runs, nor
    /// those that left our session on purpose to live on, nor the guard of an end that was killed
    /// here, which has its own commands to end.
    package func survivors() -> [CInt] {
        let own = Proc.session(of: Process.number)
        let running = login?.running
        var sheltered: [CInt] = []
        return Proc.descendants().filter { pid in
            let parent = Proc.parent(of: pid) ?? 0
            if pid == running || sheltered.contains(parent) {
                sheltered.append(pid)
                return false
            }
            // Our own has no name yet if it was never scheduled.
            if pid == guarding?.leader || Guard.isOne(pid) { return false }
            let session = Proc.session(of: pid)
            guard
                session == own
                    || commands.contains(where: { $0.role == .login && $0.pid == session })
            else { return false }
            return !Proc.hasEnded(pid)
        }
    }

    /// Sends a signal to the login command, if it runs.
    package func signalLogin(_ signal: CInt) {
        if let pid = login?.running { Process.signal(pid, signal) }
    }

    /// Sends a signal to a survivor, which may have ended since, and its number be another's.
    private func press(_ pid: CInt, _ signal: CInt) {
        Process.signal(pid, signal) { Proc.isDescendant(pid) }
    }

    private func signalSurvivors() {
        guard let signal = termination?.signal else { return }
        for pid in survivors() {
            press(pid, signal)
            // A stopped command cannot end before it continues.
            if signal == Signal.terminate { press(pid, Signal.continue) }
        }
    }

    // MARK: Another login

    /// From now on `SIGHUP` tells nothing, and the end of our parent sends us no signal.
    package func outliveLogin() {
        ignoresHangUp = true
        Process.outliveParent()
    }

    /// Ends the login command, if it runs, for another to take its place; we tell nothing more of it.
    ///
    /// - Parameter isUrgent: Whether to kill it: what passes signals on would end what lives on there.
    package func abandonLogin(isUrgent: Bool) {
        guard let id = loginID, let pid = login?.running else { return }
        loginID = nil
        abandoned.append(id)
        abandonedEnding = Termination(now: .now, isUrgent: isUrgent)
        Process.signal(pid, isUrgent ? Signal.kill : Signal.terminate)
    }

    private func pressAbandoned() {
        guard abandonedEnding?.advance(.now) == true, let signal = abandonedEnding?.signal else {
            return
        }
        for command in commands where abandoned.contains(command.id) {
            if let pid = command.running { Process.signal(pid, signal) }
        }
    }
}
