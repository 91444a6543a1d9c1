import LinuxSystem

/// `--legacy`: the user's end of a session with the original program.
package final class LegacySession {
    private let plan: Plan
    private let say: Diagnostics
    private let errors: ErrorSink
    private let supervisor: Supervisor
    private let started = Instant.now
    private var listeners: [Listening] = []
    private var socket: OwnedDescriptor?
    private var hasConnected = false
    private var outcome: Outcome?
    /// The processes that may still write into the socket; `nil` before the commands have it.
    private var writers: HolderWatch?
    private var looksForWritersAt: Instant?
    private var hasShutDown = false
    private let inherited = Descriptor.inheritedAboveStandard()

    /// A listener; the original knows only IPv4.
    private final class Listening {
        let listener: Listener
        var descriptor: Descriptor { listener.socket.borrowed }
        init(_ listener: consuming Listener) { self.listener = listener }
    }

    package init(
        _ plan: Plan, environment: Environment, errors: ErrorSink
    ) throws(SessionError) {
        self.plan = plan
        self.errors = errors
        say = Diagnostics(plan.verbosity, errors)
        guard let host = plan.host else { throw .legacyNeedsHost }
        try SessionError.requireProc()
        try SessionError.requireNull()
        try SessionError.requireCommands(plan, environment)
        try SessionError.requireStandard(plan)
        do throws(Errno) { supervisor = try Supervisor(environment: environment) } catch {
            throw .system(error)
        }
        do throws(Errno) {
            listeners = [
                Listening(
                    try Listener(
                        on: .anyIPv4, ports: plan.ports,
                        plan.sockets.options(at: .here, plan.flows)))
            ]
        } catch {
            throw .cannotListen([.anyIPv4], plan.ports, error)
        }
        let port = listeners[0].listener.endpoint.port
        let words =
            plan.login + [Word(plan.there), Word("-s"), Word(host), Word("\(port)")]
            + plan.remote
        let null = try SessionError.null()
        do throws(Errno) {
            try supervisor.start(.login, words) { order in
                order.input = null.borrowed
                order.grouping = plan.keepsTerminalFromLogin ? .ownSession : .ours
                order.closesOthers = true
                order.parentDeathSignal = Signal.terminate
            }
        } catch {
            throw .cannotStart(.login, plan.login, error)
        }
        say.note(
            "--legacy: the first to connect gets the stream, and nothing confirms that it arrived")
    }

    /// Runs the session to its end.
    package func run() -> Report {
        let deadline = plan.rendezvousLimit.map { started + $0 }
        while outcome == nil || (supervisor.isEnding && !isGone()) {
            var readiness = Readiness()
            supervisor.watch(&readiness)
            errors.watch(&readiness)
            for one in listeners {
                readiness.watch(one.descriptor, .reading)
            }
            let isWaiting = !hasConnected && outcome == nil
            let moments = [supervisor.deadline, looksForWritersAt, isWaiting ? deadline : nil]
            do throws(Errno) {
                try readiness.wait(until: moments.compactMap { $0 }.min())
                errors.advance(readiness)
                try advance(readiness)
            } catch {
                conclude(Outcome("failed", SessionError.system(error)))
            }
            shutDownWhenUnused(.now)
            supervisor.advanceEnding()
            if isWaiting, let deadline, Instant.now >= deadline { giveUpWaiting() }
            decide()
        }
        let outcome = outcome ?? Outcome(OwnStatus.lost, "lost", "the session ended")
        var report = Report(outcome, started: started, ended: .now)
        report.commands = supervisor.commands
        return report
    }

    private func advance(_ readiness: Readiness) throws(Errno) {
        for event in supervisor.advance(readiness, isIntact: { _ in true }) {
            if case .signalled(let signal) = event { conclude(Outcome(signal: signal)) }
        }
        for one in listeners where readiness[one.descriptor].isReady {
            if let accepted = try one.listener.accept() {
                socket = consume accepted
                hasConnected = true
                listeners = []
                startCommands()
                return
            }
        }
    }

    private func startCommands() {
        guard let descriptor = socket?.borrowed else { return }
        say.detail("the data is neither encrypted nor authenticated in transit")
        do throws(Errno) {
            try socket?.setNonblocking(false)
            try TCP.keepAlive(descriptor, idle: 15, interval: 15, count: 20)
        } catch {
            say.note(error.sentence)
        }
        for (role, words) in [
            (Role.consumer, plan.consumer?.words), (.producer, plan.producer?.words),
        ] {
            guard let words else { continue }
            do throws(Errno) {
                try supervisor.start(role, words) { order in
                    if role == .producer {
                        order.output = descriptor
                    } else {
                        order.input = descriptor
                    }
                }
            } catch {
                let failure = SessionError.cannotStart(role, words, error)
                conclude(Outcome("failed", failure))
                return
            }
        }
        writers = HolderWatch(.socket(descriptor.inode), isShared: true)
        _ = try? Descriptor.null(.standardInput)
        for descriptor in inherited { descriptor.closeInherited() }
    }

    /// Ends the stream when no process can write any more: the producer's children may outlive it.
    private func shutDownWhenUnused(_ now: Instant) {
        looksForWritersAt = nil
        // Kept, our copy would leave the writer there blocked for ever.
        if hasShutDown, command(.consumer)?.status != nil { socket = nil }
        guard !hasShutDown, command(.producer)?.running == nil, writers != nil,
            let descriptor = socket?.borrowed
        else { return }
        let readers = command(.consumer).map { [$0.pid] } ?? []
        guard writers?.isHeld(besides: readers, true, now) == false else {
            looksForWritersAt = now + .milliseconds(100)
            if let late = writers?.takeLate() { say.note(late.sentence("the stream")) }
            return
        }
        hasShutDown = true
        _ = try? TCP.shutDownWriting(descriptor)
    }

    private func giveUpWaiting() {
        conclude(
            Outcome(
                OwnStatus.deadline, "deadline",
                "the other end did not connect within \(plan.rendezvousLimit?.seconds ?? 0) s",
                hint: "can the other host reach this one at the address given with -h?"))
    }

    private func decide() {
        guard outcome == nil else { return }
        if !hasConnected, let status = supervisor.login?.status {
            let failure = SessionError.loginEnded(plan.login, status, there: plan.there)
            conclude(
                Outcome(
                    failure.status, "login failed", failure.sentence,
                    hint: LegacySession.hint(status) ?? failure.hint))
            return
        }
        guard hasShutDown, supervisor.commands.allSatisfy({ $0.status != nil }) else { return }
        let order: [Role] = [.producer, .login, .consumer]
        for role in order {
            guard let command = command(role), let status = command.status,
                !status.isSuccess
            else { continue }
            conclude(
                Outcome(
                    status.shellStatus, "failed",
                    "\(Verdict.naming(role, command.words)) exited with status "
                        + "\(status.shellStatus)"))
            return
        }
        conclude(
            Outcome(0, "unconfirmed", "every command exited with 0; nothing confirmed the bytes"))
    }

    /// What to do about a login that only this protocol may have.
    private static func hint(_ login: ExitStatus) -> String? {
        switch login {
        case .exited(127):
            "install it there, or name its path with --there (ssh's PATH is often short)"
        case .exited(1...2): "see its message above"
        default: nil
        }
    }

    private func conclude(_ outcome: Outcome) {
        guard self.outcome == nil else {
            supervisor.endCommands(isUrgent: true)
            return
        }
        self.outcome = outcome
        socket = nil
        listeners = []
        if supervisor.commands.contains(where: { $0.status == nil }) {
            supervisor.endCommands()
            supervisor.signalLogin(Signal.terminate)
        }
    }

    private func isGone() -> Bool {
        (supervisor.survivors().isEmpty && supervisor.login?.running == nil)
            || supervisor.hasGivenUp
    }

    private func command(_ role: Role) -> Command? {
        supervisor.commands.first { $0.role == role }
    }
}
