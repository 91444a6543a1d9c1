import LinuxSystem

/// What was seen of a login command before our peer spoke.
struct LoginWatch {
    /// A blank line that may be our peer's own.
    var blank: [UInt8] = []
    var noiseByteCount = 0
    var hasToldWaiting = false
    var outputEndedAt: Instant?
}

/// Until our peer speaks: noise, silence, and what the login command's end tells.
extension HereSession {
    /// When a login that said nothing deserves a word, and then when it is too late.
    var loginIsDueAt: Instant? {
        guard phase == .loggingIn else { return nil }
        if !login.hasToldWaiting { return min(started + .seconds(10), loginEnds ?? .distantFuture) }
        return loginEnds
    }

    private var loginEnds: Instant? {
        // Its output has ended, so that nothing can come any more: a moment to say why.
        if let outputEndedAt = login.outputEndedAt { return outputEndedAt + .seconds(2) }
        guard isUnattended, let limit = plan.rendezvousLimit else { return nil }
        // A busy host may take long to log fifty sessions in: that is no rendezvous yet.
        return started + limit + limit + limit + limit
    }

    /// Without a terminal nobody can answer a question of the login command: then `-t` bounds it.
    var isUnattended: Bool { plan.keepsTerminalFromLogin || !hasTerminal }

    func passNoise(_ bytes: [UInt8]) {
        // The empty line is our peer's own, to end a greeting without a newline.
        let isBlank = bytes == [UInt8(ascii: "\n")] || bytes == [UInt8]("\r\n".utf8)
        if login.blank.isEmpty, isBlank {
            login.blank = bytes
            return
        }
        let all = login.blank + bytes
        login.blank = []
        login.noiseByteCount += all.count
        guard login.noiseByteCount <= ControlAssembler.maximumNoise else {
            conclude(
                Outcome(
                    OwnStatus.ourError, "noisy shell",
                    "the login wrote more than 64 KiB before the other end spoke: "
                        + "its shell is not clean",
                    hint:
                        "silence its start-up files (such as .bashrc) when they are not interactive"
                ))
            return
        }
        say.pass(all)
    }

    func lookAfterLogin(_ now: Instant) {
        if !login.hasToldWaiting, now >= started + .seconds(10) {
            login.hasToldWaiting = true
            say.note("still waiting for the login command \(Text.quoted(plan.login[0].bytes))")
        }
        if let loginEnds, now >= loginEnds { conclude(loginIsTooLate(loginEnds)) }
    }

    private func loginIsTooLate(_ limit: Instant) -> Outcome {
        let name = "the login command \(Text.quoted(plan.login[0].bytes))"
        guard login.outputEndedAt == nil else {
            return Outcome(
                OwnStatus.loginFailed, "login failed",
                "\(name) closed its output and did not start the other end",
                hint: "try it by hand with `echo hi`")
        }
        return Outcome(
            OwnStatus.deadline, "deadline",
            "\(name) did not start the other end within \((limit - started).seconds) s",
            hint: "try it by hand; -t SECONDS sets how long to wait")
    }

    func tellLoginStopped(_ signal: CInt) {
        guard phase == .loggingIn, Signal.forTerminal.contains(signal) else { return }
        login.hasToldWaiting = true
        say.note(
            "the login command was stopped: it wants the terminal "
                + "(bring the job to the foreground, or use -b and a login that asks nothing)")
        // A shell continues a job in the foreground only if it saw it stop.
        Process.signal(Process.number, Signal.stop)
    }

    /// Reads what is left in the channel first: the reason may stand in it.
    func loginEnded() {
        control.readRest()
        if supervisor.isEnding { supervisor.endOrphansOfLogin() }
    }
}
