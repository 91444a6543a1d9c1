import LinuxSystem

/// The end the user started: it logs in, meets, runs the local commands and gives the verdict.
package final class HereSession {
    let plan: Plan
    let say: Diagnostics
    let errors: ErrorSink
    /// What the login command says; `nil` where it says it to our standard error itself.
    let loginErrors: ErrorSource?
    let supervisor: Supervisor
    let control: ControlChannel
    let own: Candidates.Knowledge
    let inherited: [CInt]
    /// What the other end is to call us by, where the user says.
    let hosts: [Address]?
    let started: Instant
    var rules: HereRules
    var memoryGuard: MemoryGuard?
    var meeting: Meeting?
    var ends: [FlowEnd] = []
    let sink: OutputSink
    /// Where `--progress` shows itself.
    let status: StatusLine?
    var progress: [Progress] = []

    var parting: Parting?

    package init(
        _ plan: Plan, environment: Environment, errors: ErrorSink
    ) throws(SessionError) {
        self.plan = plan
        self.errors = errors
        // It may take half a minute, in which signals are to end us.
        hosts = try Self.addresses(of: plan.host, environment)
        status = plan.showsProgress ? StatusLine(.now, errors) : nil
        say = Diagnostics(plan.verbosity, errors, over: status)
        inherited = Descriptor.inheritedAboveStandard()
        own = Candidates.Knowledge(
            addresses: Addresses.ofThisHost(),
            ssh: environment["SSH_CONNECTION"].flatMap { SSHConnection($0) },
            networkIdentity: Proc.networkIdentity())
        started = .now
        rules = HereRules(plan, hasTerminal: Process.hasControllingTerminal, now: started)
        Cryptography.start()
        try SessionError.requireProc()
        try SessionError.requireNull()
        try SessionError.requireCommands(plan, environment)
        try SessionError.requireStandard(plan)
        try SessionError.requireWholeBlocks(plan)
        supervisor = try Self.arrange { () throws(Errno) in
            try Supervisor(environment: environment)
        }
        sink = OutputSink(isUsed: plan.consumer == nil, supervisor.jobControl)
        let fromLogin = try Self.arrange { () throws(Errno) in try Pipe() }
        let toLogin = try Self.arrange { () throws(Errno) in try Pipe() }
        control = try Self.arrange { () throws(Errno) in
            ControlChannel(
                input: try .duplicate(of: fromLogin.reader.number),
                output: try .duplicate(of: toLogin.writer.number), awaitsHello: true)
        }
        let errorPipe = try Self.arrange { () throws(Errno) in try Pipe() }
        loginErrors =
            errors.isTerminal
            ? nil
            : try Self.arrange { () throws(Errno) in
                try ErrorSource(.duplicate(of: errorPipe.reader.number))
            }
        do throws(Errno) {
            try startLogin(
                input: toLogin.reader.number, output: fromLogin.writer.number,
                error: loginErrors == nil ? nil : errorPipe.writer.number)
        } catch {
            throw .cannotStart(.login, plan.login, error)
        }
    }

    private static func addresses(
        of host: String?, _ environment: Environment
    ) throws(SessionError) -> [Address]? {
        guard let host else { return nil }
        guard let found = Addresses.of(host: host, environment), !found.isEmpty else {
            throw .unknownHost(host)
        }
        return found.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// What fails of our own preparations is not the login command's fault.
    private static func arrange<Value: ~Copyable>(
        _ work: () throws(Errno) -> Value
    ) throws(SessionError) -> Value {
        do throws(Errno) { return try work() } catch { throw .system(error) }
    }

    private func startLogin(input: CInt, output: CInt, error: CInt?) throws(Errno) {
        // Its file of settings or password may be one of these; but who reads what we only write is
        // to see the end as soon as the commands have let go of it.
        let others = inherited.filter { Descriptor.isOnlyWritten($0) }
        for number in others { Descriptor.keepFromCommands(number, true) }
        defer { for number in others { Descriptor.keepFromCommands(number, false) } }
        try supervisor.start(.login, plan.loginWords) { order in
            order.input = input
            order.output = output
            order.error = error
            if plan.keepsTerminalFromLogin {
                order.grouping = .ownSession
                // ssh without a terminal would ask by a program, which may wait for ever.
                order.environment = order.environment.setting("SSH_ASKPASS_REQUIRE", to: "never")
            }
            order.parentDeathSignal = Signal.terminate
        }
    }

    /// Runs the session to its end.
    package func run() -> Report {
        while true {
            if let parting, isOver(parting) {
                loginErrors?.drain(to: errors)
                loginErrors?.leave(supervisor.survivors(), to: errors)
                return report(parting.outcome)
            }
            var readiness = Readiness()
            watch(&readiness)
            do throws(Errno) {
                try readiness.wait(until: nextMoment())
            } catch {
                let sentence = "cannot wait: \(error.sentence)"
                conclude(Outcome(OwnStatus.ourError, "failed", sentence))
                // It would fail again at once, and others need the processor to end.
                Instant.rest(.milliseconds(100))
            }
            errors.advance(readiness)
            loginErrors?.advance(readiness, to: errors)
            advanceCommands(readiness)
            advanceFlows(readiness)
            advanceOutput(readiness)
            // These open files, and a number that was seen may by then be another file's.
            advanceMeeting(readiness)
            advanceControl(readiness)
            advanceClock()
            decide()
        }
    }

    // MARK: The loop

    func perform(_ steps: [HereRules.Step]) {
        for step in steps {
            switch step {
            case .send(let message): control.send(message)
            case .sendHeartbeat: control.sendHeartbeat()
            case .note(let sentence): say.note(sentence)
            case .detail(let sentence): say.detail(sentence)
            case .pass(let bytes): say.pass(bytes)
            case .passRest: say.pass(control.rest)
            case .invite(let hello, let version): invite(hello, version)
            case .call(let endpoints): call(endpoints)
            case .use(let name, let flow): use(name, flow)
            case .endMeeting: endMeeting()
            case .start: startCommands()
            case .showPlan: showPlan()
            case .look(let flow): end(of: flow)?.hurry()
            case .peerBroke(let flow): end(of: flow)?.peerBroke()
            case .peerIsWhole(let flow, let byteCount): end(of: flow)?.peerIsWhole(byteCount)
            case .endOutput: sink.end()
            case .part(let outcome, let isOrderly): part(outcome, isOrderly: isOrderly)
            }
        }
    }

    func conclude(_ outcome: Outcome) {
        perform(rules.conclude(outcome))
    }

    func end(of flow: Flow) -> FlowEnd? {
        ends.first { $0.flow == flow }
    }

    func watch(_ readiness: inout Readiness) {
        supervisor.watch(&readiness)
        control.watch(&readiness)
        meeting?.watch(&readiness)
        for end in ends { end.watch(&readiness) }
        sink.watch(&readiness)
        errors.watch(&readiness)
        loginErrors?.watch(&readiness, to: errors)
    }

    func nextMoment() -> Instant? {
        var moments = [
            rules.deadline, meeting?.deadline, control.deadline, supervisor.deadline,
            loginMustEndAt,
        ]
        moments += ends.map { $0.deadline }
        if rules.phase == .running { moments.append(status?.nextDrawing) }
        return moments.compactMap { $0 }.min()
    }

    func advanceCommands(_ readiness: Readiness) {
        let events = supervisor.advance(readiness) { role in
            ends.filter { $0.flow.sender == .here ? role == .producer : role == .consumer }
                .allSatisfy { $0.isIntact }
        }
        for event in events {
            switch event {
            case .ended(let command) where command.role == .login: loginEnded()
            case .ended: for end in ends { end.hurry() }
            case .loginStopped(let signal): tellLoginStopped(signal)
            case .signalled(let signal): interrupted(by: signal)
            // By this signal rsync ends its remote shell.
            case .asked where plan.endsWithRemote: interrupted(by: Signal.inquiry)
            case .asked: tellProgress(.now)
            }
        }
    }

    func advanceClock() {
        let now = Instant.now
        supervisor.advanceEnding()
        // Whoever waits until we take their words cannot say that they live.
        if !errors.hasRoom { rules.heard() }
        perform(
            rules.advance(
                now, isCalling: meeting?.isCalling ?? false,
                seesLife: { span in ends.contains { $0.showsLife(since: span) } },
                deadFlow: { span in ends.first { $0.isUnanswered(for: span) }?.flow },
                pathHint: { ends.lazy.compactMap { $0.pathHint }.first }))
        switch rules.phase {
        case .running: if let status, now >= status.nextDrawing { tellProgress(now) }
        case .parting: lookAfterParting(now)
        default: break
        }
    }
}
