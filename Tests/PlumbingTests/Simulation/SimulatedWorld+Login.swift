import LinuxSystem

@testable import Plumbing

/// The login of a simulated end, and how another takes its place.
extension SimulatedWorld {
    var login: Command? { loginIndex.map { commands[$0] } }
    var loginSaid: LoginWords? { nil }
    var loginSpokeAt: Instant? { nil }

    func startLogin(_ words: [Word], keepsTerminal: Bool) throws(Errno) {
        if session.fault == .loginIsMissing { throw .notFound }
        note(login: words)
        session.startThere(by: session.login)
    }

    private func note(login words: [Word]) {
        session.demand(words == session.plan.loginWords, "another login command")
        var command = Command(role: .login, words: words, pid: 1, started: now)
        command.id = CommandID(commands.count)
        loginIndex = commands.count
        commands.append(command)
    }

    func loginEnded(_ status: ExitStatus) {
        guard let loginIndex, commands[loginIndex].status == nil else { return }
        commands[loginIndex].status = status
        news.append(.ended(commands[loginIndex]))
    }

    func buryLogin() {}
    func signalLogin(_ signal: CInt) { session.endLogin(.killed(signal: signal)) }
    func stopOurselves() {}

    // MARK: Another login, as the end here has it

    func keepLines() { lines.keep() }

    func abandonLogin() {
        guard let loginIndex else { return }
        if commands[loginIndex].status == nil { commands[loginIndex].status = .killed(signal: 9) }
        self.loginIndex = nil
        lines.lose()
        session.abandonLogin()
    }

    func relogin(_ words: [Word], keepsTerminal: Bool) throws(Errno) {
        session.demand(loginIndex == nil, "a login beside another")
        let login = session.addLogin()
        lines.change(awaitsHello: true)
        (incoming, outgoing) = login.lines(at: .here)
        note(login: words)
        try session.startAnother(login)
    }

    func rejoin(attempt: Int64) {
        guard let rejoinKey else { return session.demand(false, "no session to go on with") }
        outgoing.send(raw: lines.rejoin(rejoinKey, attempt: attempt))
    }

    // MARK: Another login, as the ends there have it

    func outliveLogin() throws(Errno) { hasDoor = true }

    func handOver(_ rejoining: Rejoining) {
        offered = (incoming, outgoing)
        (incoming, outgoing) = (ScriptedLine(agenda), ScriptedLine(agenda))
        session.handOver(rejoining, from: self)
    }

    /// Another login's end asks the session to take its channel.
    func take(_ rejoining: Rejoining, from newcomer: SimulatedWorld) {
        guard hasDoor, !isOver else { return newcomer.isRefused() }
        arrivals.append((rejoining, newcomer))
    }

    func advanceRejoining(_ readiness: Readiness) -> [SessionEvent] {
        guard !arrivals.isEmpty else { return [] }
        let (rejoining, newcomer) = arrivals.removeFirst()
        guard let rejoinKey, rejoinKey.proves(rejoining), rejoining.attempt > attempt,
            lines.reaches(back: rejoining.seen), let channel = newcomer.offered
        else {
            newcomer.isRefused()
            return []
        }
        attempt = rejoining.attempt
        standIn?.isOver(.exit(OwnStatus.lost))
        standIn = newcomer
        lines.change(awaitsHello: false)
        (incoming, outgoing) = channel
        outgoing.send(raw: lines.welcome(peerThatHas: rejoining.seen))
        session.hasRejoined()
        return [.rejoined(login: attempt)]
    }

    /// The session that other logins led to is over.
    func letLoginsGo(_ ending: Outcome.Ending) {
        standIn?.isOver(ending)
        standIn = nil
        for arrival in arrivals { arrival.newcomer.isRefused() }
        arrivals = []
    }

    func isRefused() {
        if let offered { (incoming, outgoing) = offered }
        news.append(.handedOver(.refused(.noSession)))
    }

    private func isOver(_ ending: Outcome.Ending) {
        news.append(.handedOver(.over(ending)))
    }
}
