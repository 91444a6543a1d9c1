import LinuxSystem

/// What was seen of a login command before our peer spoke.
struct LoginWatch: Sendable {
    /// A blank line that may be our peer's own.
    var blank: [UInt8] = []
    var noiseByteCount = 0
    var hasToldWaiting = false
    var outputEndedAt: Instant?
    /// How often a program was pushed, when that was last asked for, and how long it is.
    var pushCount = 0
    var pushedAt: Instant?
    /// When the login last took some of it, and what it had not taken then, in bytes.
    var movedAt: Instant?
    var backlog = 0
    var pushedByteCount: Int64 = 0
}

/// Until our peer speaks: noise, silence, and what the login command's end tells.
extension HereCore {
    /// When a login that said nothing deserves a word, and then when it is too late.
    var loginIsDueAt: Instant? {
        guard phase == .loggingIn else { return nil }
        if !login.hasToldWaiting { return min(wordIsDueAt, loginEnds ?? .distantFuture) }
        return loginEnds
    }

    private var wordIsDueAt: Instant { (login.pushedAt ?? started) + .seconds(10) }

    private var loginEnds: Instant? {
        // Its output has ended, so that nothing can come any more: a moment to say why.
        if let outputEndedAt = login.outputEndedAt { return outputEndedAt + .seconds(2) }
        guard isUnattended, let limit = plan.rendezvousLimit else { return nil }
        // A busy host may take long to log fifty sessions in: that is no rendezvous yet.
        return (login.movedAt ?? login.pushedAt ?? started) + limit + limit + limit + limit
    }

    /// Without a terminal nobody can answer a question of the login command: then `-t` bounds it.
    private var isUnattended: Bool { plan.keepsTerminalFromLogin || !surroundings.hasTerminal }

    /// The login command wrote something that is not from our peer.
    mutating func hearNoise(_ bytes: [UInt8], _ now: Instant) -> [SessionStep] {
        // The empty line is our peer's own, to end a greeting without a newline.
        let isBlank = bytes == [UInt8(ascii: "\n")] || bytes == [UInt8]("\r\n".utf8)
        if login.blank.isEmpty, isBlank {
            login.blank = bytes
            return []
        }
        let all = login.blank + bytes
        login.blank = []
        let isScript = surroundings.push?.script.starts(with: bytes) ?? false
        if let change = isScript ? .echo : LoginChange(bytes) {
            return loginFailed(change.outcome(of: loginName), now)
        }
        login.noiseByteCount += all.count
        guard login.noiseByteCount <= ControlAssembler.maximumNoise else {
            let outcome = Outcome(
                OwnStatus.ourError, "noisy shell",
                "the login wrote more than 64 KiB before the other end spoke: "
                    + "its shell prints too much",
                hint: "keep its start-up files (such as .bashrc) silent in non-interactive shells")
            return loginFailed(outcome, now)
        }
        return [.say(.passed(all))]
    }

    /// The script there asks for the program of its processor.
    mutating func pushed(
        _ machine: String, _ byteCount: Int64, _ now: Instant
    ) throws(ControlError) -> [SessionStep] {
        guard phase == .loggingIn || loginLoss != nil, login.pushCount < HereCore.mostPushes,
            let program = surroundings.push?.programs.first(where: {
                $0.machine.rawValue == machine && $0.byteCount == byteCount
            })
        else { throw .unexpected(verb: "boot") }
        // The blank line was the script's own.
        login.blank = []
        login.pushCount += 1
        login.pushedAt = now
        login.pushedByteCount = byteCount
        return [
            .detail("pushing \(Text.size(byteCount)) of \(Text.escaped(program.path.bytes))"),
            .push(program),
        ]
    }

    /// A push that still moves is not late.
    mutating func notePush(_ view: some SessionView, _ now: Instant) {
        if login.pushCount > 0, view.backlog < login.backlog { login.movedAt = now }
        login.backlog = view.backlog
    }

    /// As many folders as the script tries.
    private static let mostPushes = 6

    mutating func lookAfterLogin(_ now: Instant) -> [SessionStep] {
        var steps: [SessionStep] = []
        if !login.hasToldWaiting, now >= wordIsDueAt {
            login.hasToldWaiting = true
            steps += waitingWords
            // One that gives back what it hears shows it by this; a shell would take it for a command.
            if !plan.pushes { steps.append(.sendHeartbeat) }
        }
        if let loginEnds, now >= loginEnds { steps += conclude(loginIsTooLate(loginEnds), now) }
        return steps
    }

    private var waitingWords: [SessionStep] {
        guard login.pushCount == 0 else {
            return [.note("still pushing \(Text.size(login.pushedByteCount)) through \(loginName)")]
        }
        return [
            .note("still waiting for \(loginName)"),
            .note("hint: if it asks for nothing, \(HereCore.silenceHint)"),
        ]
    }

    private static let silenceHint =
        "another program may run instead (command= in authorized_keys, ForceCommand in "
        + "sshd_config): try the login by hand with `echo hi`"

    var loginName: String { "the login command \(Text.quoted(plan.login[0].bytes))" }

    private func loginIsTooLate(_ limit: Instant) -> Outcome {
        guard login.outputEndedAt == nil else {
            return Outcome(
                OwnStatus.loginFailed, "login failed",
                "\(loginName) closed its output without starting the other end",
                hint: "try it by hand with `echo hi`")
        }
        return Outcome(
            OwnStatus.deadline, "deadline",
            "\(loginName) did not start the other end within \((limit - started).seconds) s",
            hint: "\(HereCore.silenceHint); -t SECONDS sets how long to wait")
    }

    /// A signal of the terminal stopped the login command: it wants to ask the user something.
    mutating func loginStopped(by signal: CInt) -> [SessionStep] {
        guard phase == .loggingIn, Signal.forTerminal.contains(signal) else { return [] }
        login.hasToldWaiting = true
        return [
            .note(
                "the login command was stopped: it needs the terminal "
                    + "(bring the job to the foreground, or use -b and a login that asks for nothing)"
            ),
            .stopOurselves,
        ]
    }

    /// Nothing more will come from the other end.
    ///
    /// - Parameters:
    ///   - status: How the login command ended; `nil` while it runs.
    ///   - words: What it said, where that came by us.
    mutating func channelEnded(
        login status: ExitStatus?, saying words: LoginWords?, _ now: Instant
    ) -> [SessionStep] {
        switch phase {
        case .parting: return []
        case .running where loginLoss != nil:
            return loginLoss?.isTrying == true && status != nil ? reloginFailed(now) : []
        case .running where mayRelogin: return loginIsLost(loginWords(status), now)
        case .meeting, .starting, .running:
            let outcome = Outcome(
                OwnStatus.lost, "lost",
                "the connection to the other end was lost\(loginWords(status))",
                hint: "data in transit may be lost: run it again (with ssh, "
                    + "ServerAliveInterval keeps an idle login open)")
            return conclude(outcome, now)
        case .loggingIn:
            guard let status else {
                if login.outputEndedAt == nil { login.outputEndedAt = now }
                return []
            }
            let failure = SessionError.loginEnded(
                plan.login, status, there: plan.program, saying: words)
            return [.passRest] + conclude(Outcome("login failed", failure), now)
        }
    }

    private func loginWords(_ status: ExitStatus?) -> String {
        switch status {
        case nil: ""
        case .exited(let number): " (\(loginName) exited with status \(number))"
        case .killed(let signal): " (\(loginName) was killed by \(Signal.name(signal)))"
        }
    }
}
