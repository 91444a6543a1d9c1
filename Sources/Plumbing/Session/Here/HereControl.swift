import LinuxSystem

/// What comes from the other end, or from the login command in its place.
extension HereSession {
    func advanceControl(_ readiness: Readiness) {
        do throws(ControlError) {
            for piece in try control.advance(readiness) {
                rules.heard()
                switch piece {
                case .noise(let bytes): perform(rules.hearNoise(bytes))
                case .output(let bytes): try sink.add(bytes)
                case .line(let line): perform(try rules.receive(try ControlMessage(line), .now))
                }
            }
        } catch {
            perform(rules.misheard(error))
        }
        guard control.hasEnded else { return }
        perform(
            rules.channelEnded(
                login: supervisor.command(.login)?.status, saying: loginErrors?.words, .now))
    }

    func tellLoginStopped(_ signal: CInt) {
        guard rules.loginStopped(by: signal) else { return }
        say.note(
            "the login command was stopped: it needs the terminal "
                + "(bring the job to the foreground, or use -b and a login that asks for nothing)")
        Process.signal(Process.number, Signal.stop)
    }

    /// Reads what is left in the channel first: the reason may stand in it.
    func loginEnded() {
        control.readRest()
        loginErrors?.drain(to: errors)
        if supervisor.isEnding { supervisor.endOrphansOfLogin() }
    }
}
