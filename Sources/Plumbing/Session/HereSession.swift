import LinuxSystem

/// The end the user started: it logs in, meets, runs the local commands and gives the verdict.
package final class HereSession {
    enum Phase: Equatable {
        /// The login command runs; our peer has not spoken yet.
        case loggingIn
        case meeting
        /// The remote command is being started, then ours.
        case starting
        case running
        case parting
    }

    let plan: Plan
    let say: Diagnostics
    let supervisor: Supervisor
    let control: ControlChannel
    let own: Candidates.Knowledge
    let inherited: [CInt]
    let started = Instant.now
    var phase = Phase.loggingIn
    var liveness: Liveness

    let hasTerminal: Bool
    var login = LoginWatch()

    // While meeting.
    var hello: Hello?
    var helloAt: Instant?
    var memoryGuard: MemoryGuard?
    var meeting: Meeting?
    var reach = Reachability()
    var metAt: Instant?

    // While running.
    var ends: [FlowEnd] = []
    var factsThere: [(flow: Flow, facts: FlowFacts)] = []
    /// How a reader there is fed, as was told last.
    var feedingThere: (flow: Flow, facts: FeedFacts)?
    var remote: Command?
    let sink: OutputSink
    /// Where `--progress` shows itself.
    let status: StatusLine?
    var progress: [Progress] = []

    var parting: Parting?

    package init(_ plan: Plan, environment: Environment) throws(SessionError) {
        self.plan = plan
        status = plan.showsProgress ? StatusLine(.now) : nil
        say = Diagnostics(plan.verbosity, over: status)
        inherited = Descriptor.inheritedAboveStandard()
        own = Candidates.Knowledge(
            addresses: Addresses.ofThisHost(),
            ssh: environment["SSH_CONNECTION"].flatMap { SSHConnection($0) },
            networkIdentity: Proc.networkIdentity())
        hasTerminal = Process.hasControllingTerminal
        sink = OutputSink(isUsed: plan.consumer == nil)
        liveness = Liveness(limit: plan.stallLimit, now: .now)
        Cryptography.start()
        try SessionError.requireProc()
        supervisor = try Self.arrange { () throws(Errno) in
            try Supervisor(environment: environment)
        }
        let fromLogin = try Self.arrange { () throws(Errno) in try Pipe() }
        let toLogin = try Self.arrange { () throws(Errno) in try Pipe() }
        control = try Self.arrange { () throws(Errno) in
            ControlChannel(
                input: try .duplicate(of: fromLogin.reader.number),
                output: try .duplicate(of: toLogin.writer.number), awaitsHello: true)
        }
        do throws(Errno) {
            try HereSession.startLogin(
                plan, supervisor, input: toLogin.reader.number, output: fromLogin.writer.number)
        } catch {
            throw .cannotStart(.login, plan.login, error)
        }
    }

    /// What fails of our own preparations is not the login command's fault.
    private static func arrange<Value: ~Copyable>(
        _ work: () throws(Errno) -> Value
    ) throws(SessionError) -> Value {
        do throws(Errno) { return try work() } catch { throw .system(error) }
    }

    static func startLogin(
        _ plan: Plan, _ supervisor: Supervisor, input: CInt, output: CInt
    ) throws(Errno) {
        try supervisor.start(.login, plan.loginWords) { order in
            order.input = input
            order.output = output
            order.grouping = plan.keepsTerminalFromLogin ? .ownSession : .ours
            order.closesOthers = true
            order.parentDeathSignal = Signal.terminate
        }
    }

    /// Runs the session to its end.
    package func run() -> Report {
        while true {
            if let parting, isOver(parting) { return report(parting.outcome) }
            var readiness = Readiness()
            watch(&readiness)
            do throws(Errno) {
                try readiness.wait(until: nextMoment())
            } catch {
                conclude(Outcome(OwnStatus.ourError, "failed", "cannot wait: \(error.sentence)"))
            }
            advanceCommands(readiness)
            advanceFlows(readiness)
            advanceOutput(readiness)
            // These open files, and a number that was seen may by then be another file's.
            advanceMeeting(readiness)
            advanceControl(readiness)
            advanceClock()
            decideWhenAllIsKnown()
        }
    }

    // MARK: The loop

    func watch(_ readiness: inout Readiness) {
        supervisor.watch(&readiness)
        control.watch(&readiness)
        meeting?.watch(&readiness)
        for end in ends { end.watch(&readiness) }
        sink.watch(&readiness)
    }

    func nextMoment() -> Instant? {
        var moments = [liveness.nextLook]
        moments += [
            meeting?.deadline, control.deadline, supervisor.deadline, loginMustEndAt,
            rendezvousEnds,
            phase == .meeting ? reach.callAt : nil, loginIsDueAt,
        ].compactMap { $0 }
        moments += ends.compactMap { $0.deadline }
        if phase == .running, let status { moments.append(status.nextDrawing) }
        return moments.min()
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
            case .asked: tellProgress(.now)
            }
        }
    }

    func advanceClock() {
        let now = Instant.now
        supervisor.advanceEnding()
        if now >= liveness.nextLook { lookForLife(now) }
        switch phase {
        case .loggingIn: lookAfterLogin(now)
        case .meeting, .starting: lookAfterMeeting(now)
        case .running: if let status, now >= status.nextDrawing { tellProgress(now) }
        case .parting: lookAfterParting(now)
        }
    }

    func lookForLife(_ now: Instant) {
        let isAsking = liveness.look(now)
        // Nobody can be silent before having spoken: that wait has limits of its own.
        guard hello != nil else { return liveness.heard() }
        if isAsking { control.sendHeartbeat() }
        if ends.contains(where: { $0.showsLife(since: liveness.lookInterval) }) { liveness.heard() }
        guard liveness.isSilentTooLong else { return }
        conclude(
            Outcome(
                OwnStatus.lost, "stalled",
                "nothing was heard from the other end for \(plan.stallLimit.seconds) s",
                hint: pathHint() ?? "is the network up? --stall sets how long to wait"))
    }

    /// Full-size segments that are sent again and again from the start on never get through.
    func pathHint() -> String? {
        let stuck = ends.contains { end in
            guard end.flow == .out, let counters = end.counters else { return false }
            return end.channel.acknowledgedByteCount(counters) <= 0
                && counters.retransmitBackoff > 2
        }
        return stuck ? "no full-size packet gets through: path MTU? try --mss 1200" : nil
    }
}
