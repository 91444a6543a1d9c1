import LinuxSystem

/// What the end that the user started can do and see by the kernel.
final class HereWorld: KernelWorld, World {
    typealias Parts = HostParts

    private let progress: ProgressTeller
    /// What the login command says; `nil` where it says it to our standard error itself.
    private var loginErrors: ErrorSource?
    /// The same of login commands that another took the place of.
    private var formerErrors: [ErrorSource] = []
    /// The remote command's output that comes home.
    private let sink: OutputSink

    private let rateFile: RateFile?
    /// What takes progress for a program, if not standard error.
    private let lines: ErrorSink?

    /// What each pipe to the login command holds, in bytes, where the data may go through it.
    private let loginCapacity: Int?

    init(
        _ plan: Plan, _ rateFile: RateFile?, _ environment: Environment, _ errors: ErrorSink,
        lines: ErrorSink?
    ) throws(Errno) {
        self.rateFile = rateFile
        self.lines = lines === errors ? nil : lines
        progress = ProgressTeller(plan, errors, lines: lines)
        loginCapacity = plan.way == .direct && plan.measuringTime == nil ? nil : 1 << 20
        sink = OutputSink(isUsed: plan.consumer == nil)
        try super.init(
            at: .here, environment, plan.verbosity, errors, over: progress.status)
        sink.jobControl = supervisor.jobControl
    }

    override func watch(_ readiness: inout Readiness) {
        super.watch(&readiness)
        sink.watch(&readiness)
        for source in allErrors { source.watch(&readiness, to: errors) }
        rateFile?.watch(&readiness)
        lines?.watch(&readiness)
    }

    func advanceRates(_ readiness: Readiness) -> [SessionEvent] {
        guard let rateFile, rateFile.hasChanged(readiness) else { return [] }
        return [.ratesRead(rateFile.read())]
    }

    override func advanceWords(_ readiness: Readiness) {
        super.advanceWords(readiness)
        for source in allErrors { source.advance(readiness, to: errors) }
        formerErrors.removeAll { $0.hasEnded }
        lines?.advance(readiness)
    }

    func showProgress(_ lanes: [Lane<HostParts>], _ state: ProgressState) {
        progress.show(lanes, state)
    }

    func endProgress(_ lanes: [Lane<HostParts>], _ state: ProgressState, _ outcome: Outcome) {
        progress.end(lanes, state, outcome)
    }

    var progressIsDueAt: Instant? { progress.isDueAt }

    var knowledge: Candidates.Knowledge? { .ofThisHost(environment) }

    // MARK: The login command

    func startLogin(_ words: [Word], keepsTerminal: Bool) throws(Errno) {
        let toLogin = try Pipe(capacity: loginCapacity)
        let fromLogin = try Pipe(capacity: loginCapacity)
        control = ControlChannel(
            input: try .duplicate(of: fromLogin.reader.borrowed),
            output: try .duplicate(of: toLogin.writer.borrowed), awaitsHello: true)
        try launch(
            words, keepsTerminal, reading: toLogin.reader.borrowed,
            writing: fromLogin.writer.borrowed)
    }

    func relogin(_ words: [Word], keepsTerminal: Bool) throws(Errno) {
        abandonLogin()
        let toLogin = try Pipe(capacity: loginCapacity)
        let fromLogin = try Pipe(capacity: loginCapacity)
        control?.switchTo(
            input: try .duplicate(of: fromLogin.reader.borrowed),
            output: try .duplicate(of: toLogin.writer.borrowed), awaitsHello: true)
        try launch(
            words, keepsTerminal, reading: toLogin.reader.borrowed,
            writing: fromLogin.writer.borrowed)
    }

    func rejoin(attempt: Int64) { rejoinKey.map { control?.rejoin($0, attempt: attempt) } }

    func abandonLogin() {
        // One that has not brought us to the session may have a terminal to restore.
        supervisor.abandonLogin(isUrgent: control?.isJoined ?? true)
        control?.lose()
        if let source = loginErrors.take() { formerErrors.append(source) }
    }

    private var allErrors: [ErrorSource] { formerErrors + (loginErrors.map { [$0] } ?? []) }

    private func launch(
        _ words: [Word], _ keepsTerminal: Bool, reading input: Descriptor,
        writing output: Descriptor
    ) throws(Errno) {
        let errorPipe = try Pipe()
        if !errors.isTerminal {
            loginErrors = try ErrorSource(.duplicate(of: errorPipe.reader.borrowed))
        }
        let error = errors.isTerminal ? nil : errorPipe.writer.borrowed
        // Its file of settings or password may be one of these; but who reads what we only write is
        // to see the end as soon as the commands have let go of it.
        let others = inherited.filter { $0.isOnlyWritten }
        for descriptor in others { descriptor.keepFromCommands(true) }
        defer { for descriptor in others { descriptor.keepFromCommands(false) } }
        try supervisor.start(.login, words) { order in
            order.input = input
            order.output = output
            order.error = error
            if keepsTerminal {
                order.grouping = .ownSession
                // ssh without a terminal would ask by a program, which may wait for ever.
                order.environment = order.environment.setting("SSH_ASKPASS_REQUIRE", to: "never")
            }
            order.parentDeathSignal = Signal.terminate
        }
    }

    /// Reads what is left in the channel first: the reason may stand in it.
    func buryLogin() {
        control?.readRest()
        loginErrors?.drain(to: errors)
        if supervisor.isEnding { supervisor.endOrphansOfLogin() }
    }

    /// What the login command and others may still say goes on when we have ended.
    func leaveWords() {
        for source in allErrors { source.drain(to: errors) }
        loginErrors?.leave(supervisor.survivors(), to: errors)
    }

    func signalLogin(_ signal: CInt) { supervisor.signalLogin(signal) }
    var login: Command? { supervisor.login }
    var loginSaid: LoginWords? { loginErrors?.words }
    var loginSpokeAt: Instant? { loginErrors?.lastMoment }
    func stopOurselves() { Process.signal(Process.number, Signal.stop) }

    func send(raw bytes: [UInt8]) { control?.send(raw: bytes) }
    var channelRest: [UInt8] { control?.rest ?? [] }

    // MARK: The remote command's output on its way home

    func takeHome(_ bytes: [UInt8]) throws(ControlError) { try sink.add(bytes) }
    func endHome() { sink.end() }

    func advanceHome(_ readiness: Readiness) -> [SessionEvent] {
        do throws(Errno) {
            let taken = try sink.advance(readiness)
            return taken > 0 ? [.tookHome(byteCount: taken)] : []
        } catch {
            sink.close()
            return [.homeFailed(failure(error))]
        }
    }

    func settleHome() throws(HomeFailure) {
        guard sink.hasEnded, sink.isEmpty else { return }
        do throws(Errno) { try sink.settle() } catch {
            sink.close()
            throw failure(error)
        }
    }

    private func failure(_ error: Errno) -> HomeFailure {
        HomeFailure(error, after: sink.written, isDirect: Descriptor.standardOutput.isDirect)
    }

    var homeIsOver: Bool { sink.hasEnded && sink.isEmpty }
    var homeByteCount: Int64 { sink.byteCount }
}
