import LinuxSystem

/// The login command, and the control channel by its standard input and output.
extension KernelWorld {
    func startLogin(_ words: [Word], keepsTerminal: Bool) throws(Errno) {
        let toLogin = try Pipe()
        let fromLogin = try Pipe()
        let errorPipe = try Pipe()
        control = ControlChannel(
            input: try .duplicate(of: fromLogin.reader.number),
            output: try .duplicate(of: toLogin.writer.number), awaitsHello: true)
        if !errors.isTerminal {
            loginErrors = try ErrorSource(.duplicate(of: errorPipe.reader.number))
        }
        let error = errors.isTerminal ? nil : errorPipe.writer.number
        // Its file of settings or password may be one of these; but who reads what we only write is
        // to see the end as soon as the commands have let go of it.
        let others = inherited.filter { Descriptor.isOnlyWritten($0) }
        for number in others { Descriptor.keepFromCommands(number, true) }
        defer { for number in others { Descriptor.keepFromCommands(number, false) } }
        try supervisor.start(.login, words) { order in
            order.input = toLogin.reader.number
            order.output = fromLogin.writer.number
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
        loginErrors?.drain(to: errors)
        loginErrors?.leave(supervisor.survivors(), to: errors)
    }

    func signalLogin(_ signal: CInt) { supervisor.signalLogin(signal) }
    var login: Command? { supervisor.login }
    var loginSaid: LoginWords? { loginErrors?.words }
    var loginSpokeAt: Instant? { loginErrors?.lastMoment }
    func stopOurselves() { Process.signal(Process.number, Signal.stop) }

    func send(_ message: ControlMessage) { control?.send(message) }
    func sendHeartbeat() { control?.sendHeartbeat() }
    func send(output bytes: [UInt8]) { control?.send(output: bytes) }
    func finishSending() { control?.finishWriting() }
    func hear(_ readiness: Readiness) throws(ControlError) -> [ControlAssembler.Piece] {
        try control?.advance(readiness) ?? []
    }
    var channelHasEnded: Bool { control?.hasEnded ?? false }
    var channelRest: [UInt8] { control?.rest ?? [] }
    var backlog: Int { control?.backlog ?? 0 }
}
