import LinuxSystem

/// A login that was lost, and the tries to have another.
struct LoginLoss: Sendable {
    let began: Instant
    private(set) var tryCount = 0
    private var nextTry: Instant
    /// When the login that is under way is too late.
    private(set) var tryEnds: Instant?
    /// Whether the other end was asked to take it.
    var hasAsked = false

    init(_ now: Instant) { (began, nextTry) = (now, now) }

    var isTrying: Bool { tryEnds != nil }

    /// When there is a login to begin, or to give up.
    var dueAt: Instant { tryEnds ?? nextTry }

    mutating func tryAgain(within span: Instant.Span, _ now: Instant) {
        tryCount += 1
        (tryEnds, hasAsked) = (now + span, false)
    }

    /// It came to nothing: a pause, longer each time.
    mutating func fail(_ now: Instant) {
        tryEnds = nil
        nextTry = now + Reconnecting.pause(after: tryCount)
    }
}

/// How the session goes on by another login when its own is lost.
extension HereCore {
    /// How long a login may take, where the user did not say.
    private static let usualLoginLimit = Instant.Span.seconds(60)

    /// Judges the login alone, whatever the flows bring: the data may take another way.
    static func watchOfLogin(_ plan: Plan, _ now: Instant) -> Liveness {
        Liveness(limit: min(.seconds(45), plan.stallLimit), now: now)
    }

    /// Whether the login is silent, though the other end asks us every few seconds whether we live.
    mutating func lookForLogin(_ now: Instant) -> [SessionStep] {
        guard now >= loginLiveness.nextLook else { return [] }
        _ = loginLiveness.look(now)
        guard loginLiveness.isSilentTooLong, mayRelogin else { return [] }
        return loginIsLost(" (it was silent for \(loginLiveness.limit.seconds) s)", now)
    }

    /// Whether the session may go on without its login for a while.
    var mayRelogin: Bool { phase == .running && plan.reconnectLimit != nil }

    var loginWatchIsDueAt: Instant? { mayRelogin ? loginLiveness.nextLook : nil }

    mutating func heardLogin() {
        liveness.heard()
        loginLiveness.heard()
    }

    var reloginIsDueAt: Instant? {
        guard phase == .running, let loginLoss, let limit = plan.reconnectLimit else { return nil }
        return min(loginLoss.dueAt, loginLoss.began + limit)
    }

    /// Nothing more comes by the login.
    mutating func loginIsLost(_ words: String, _ now: Instant) -> [SessionStep] {
        guard loginLoss == nil else { return [] }
        loginLoss = LoginLoss(now)
        let limit = plan.reconnectLimit?.seconds ?? 0
        return searchFailed(now) + [.abandonLogin] + bridged.takeAll().map { .cutBridge($0) } + [
            .note(
                "the login was lost\(words): logging in again, for \(limit) s at most; the data "
                    + "goes on meanwhile")
        ]
    }

    /// The login that is under way came to nothing.
    mutating func reloginFailed(_ now: Instant) -> [SessionStep] {
        loginLoss?.fail(now)
        return [.abandonLogin]
    }

    /// What is wrong with a login ends the session, or that login alone where it was to be another.
    mutating func loginFailed(_ outcome: Outcome, _ now: Instant) -> [SessionStep] {
        guard loginLoss != nil else { return conclude(outcome, now) }
        return reloginFailed(now) + [.note(outcome.sentence)]
    }

    mutating func relogin(_ now: Instant) -> [SessionStep] {
        guard let loginLoss, let limit = plan.reconnectLimit else { return [] }
        if loginLoss.began + limit <= now { return conclude(loginIsGone(loginLoss, limit), now) }
        guard loginLoss.dueAt <= now else { return [] }
        if loginLoss.isTrying { return reloginFailed(now) }
        self.loginLoss?.tryAgain(
            within: plan.rendezvousLimit ?? HereCore.usualLoginLimit, now)
        login = LoginWatch()
        let start = SessionStep.relogin(
            plan.loginWords, keepsTerminal: plan.keepsTerminalFromLogin)
        return [start] + (surroundings.push.map { [.sendRaw($0.script)] } ?? [])
    }

    /// What comes by the login that is under way.
    mutating func hearLogin(
        _ message: ControlMessage, _ now: Instant
    ) throws(ControlError) -> [SessionStep] {
        switch message {
        case .boot(let machine, let byteCount): return try pushed(machine, byteCount, now)
        case .hello(let hello): return greetedAgain(by: hello)
        case .failed(.noSession) where isOnSameHost: return conclude(otherEndIsGone, now)
        case .failed(let failure):
            return reloginFailed(now) + [.note(SessionError.there(failure, plan.remote).sentence)]
        case .rejoined: return try rejoined(now)
        case .alive: return []
        default: throw .unexpected(verb: message.line.verb)
        }
    }

    private mutating func greetedAgain(by hello: Hello) -> [SessionStep] {
        guard let loginLoss, loginLoss.isTrying, !loginLoss.hasAsked else { return [] }
        self.loginLoss?.hasAsked = true
        newHello = hello
        rejoinCount += 1
        return [.rejoin(attempt: rejoinCount)]
    }

    /// Whether the login led to the host on which the other end was.
    private var isOnSameHost: Bool {
        guard let newHello, let hello, !hello.networkIdentity.isEmpty else { return false }
        return newHello.networkIdentity == hello.networkIdentity
    }

    private mutating func rejoined(_ now: Instant) throws(ControlError) -> [SessionStep] {
        guard let loss = loginLoss, loss.hasAsked else { throw .unexpected(verb: "rejoined") }
        loginLoss = nil
        // Its addresses may be others by now.
        if let newHello { hello = newHello }
        newHello = nil
        liveness.heard()
        loginLiveness = HereCore.watchOfLogin(plan, now)
        let facts = ReconnectFacts(
            CutFacts(nil, at: loss.began), after: now - loss.began, tries: Int64(loss.tryCount))
        reconnects.append(facts)
        return [.note("logged in again after \(Text.tenths(facts.after)) s")]
    }

    private var otherEndIsGone: Outcome {
        Outcome(
            OwnStatus.lost, "lost", "the other end has ended while its login was lost",
            hint: "was it killed, or its host restarted? the reader's data is incomplete")
    }

    private func loginIsGone(_ loss: LoginLoss, _ limit: Instant.Span) -> Outcome {
        Outcome(
            OwnStatus.lost, "lost",
            "the login was lost, and no other came about within \(limit.seconds) s "
                + "(tries: \(loss.tryCount))",
            hint: "the reader's data is incomplete; --reconnect SECONDS sets how long to try")
    }
}
