import LinuxSystem

@testable import Plumbing

/// The login commands of a session, and what they start there.
extension ScriptedSession {
    /// The newest of them.
    var login: ScriptedLogin { logins[logins.count - 1] }

    func loopThere(
        by login: ScriptedLogin, on host: String
    ) -> EndLoop<ThereCore, SimulatedWorld> {
        let hello = Hello(
            protocols: Version.protocols, programVersion: "1", kernel: "6", ssh: nil,
            addresses: [.loopbackIPv4], networkIdentity: host)
        return EndLoop(
            ThereCore(hello, own: [.loopbackIPv4], now: agenda.now),
            in: SimulatedWorld(self, at: .there, by: login), at: .there)
    }

    /// A login has come there: a shell, where there is a push, until that has its program.
    func startThere(by login: ScriptedLogin) {
        if login.toThere.shell == nil { runThere(by: login) }
    }

    func runThere(by login: ScriptedLogin) {
        login.toThere.shell = nil
        agenda.soon(within: 50) {
            if login === self.logins[0] { return self.beginThere() }
            let newcomer = self.loopThere(by: login, on: login.host)
            self.newcomers.append(newcomer)
            newcomer.begin()
        }
    }

    /// The login command ends by itself or by force: then nothing more is passed on.
    func endLogin(_ status: ExitStatus) {
        login.toThere.cut()
        if fault == .loginEnds { login.fromThere.cut() } else { login.fromThere.close() }
        here.world.loginEnded(status)
    }

    func end(_ login: ScriptedLogin, _ status: ExitStatus) {
        if login === self.login { endLogin(status) }
    }

    /// What it started there has ended, and so does the login.
    func hasEnded(_ login: ScriptedLogin) {
        agenda.soon(within: 50) {
            if login === self.login { self.here.world.loginEnded(.exited(0)) }
        }
    }

    // MARK: One login after the other

    /// The end there may hear of it late.
    func abandonLogin() {
        let login = self.login
        login.fromThere.cut()
        if agenda.random.chance(2) { return login.toThere.cut() }
        login.toThere.isStuck = true
        agenda.after(.seconds(30)) { login.toThere.cut() }
    }

    func startAnother(_ login: ScriptedLogin) throws(Errno) {
        let fate = loginLosses.nextFate()
        trace("another login: \(fate)")
        switch fate {
        case .cannotStart: throw .notFound
        case .fails: agenda.soon(within: 3000) { self.end(login, .exited(255)) }
        case .staysSilent: break
        case .leadsElsewhere, .arrives:
            if fate == .leadsElsewhere { login.host = "two" }
            startThere(by: login)
        }
    }

    /// An end that a login started asks for the session.
    func handOver(_ rejoining: Rejoining, from newcomer: SimulatedWorld) {
        agenda.soon(within: 100) {
            let isHere = self.newcomers.contains {
                $0.world === newcomer && $0.core.hello.networkIdentity == "one"
            }
            let world = self.there.world
            if isHere { world.take(rejoining, from: newcomer) } else { newcomer.isRefused() }
        }
    }

    func hasRejoined() {
        guard loginLosses.endsAgain() else { return }
        agenda.soon(within: 60) { self.breakLogin() }
    }

    /// The session there is over: so are the logins that it had.
    func letLoginsGo() { there.world.letLoginsGo(there.core.ending ?? .exit(OwnStatus.lost)) }

    // MARK: Losses

    func loseLogin(_ kind: LoginLosses.Kind) {
        guard here.core.phase == .running, here.core.loginLoss == nil, !here.world.isOver,
            !there.world.isOver
        else { return }
        trace("the login \(kind)")
        loginLosses.note(kind)
        switch kind {
        case .ends, .endsTwice: breakLogin()
        case .endsWithAll:
            breakLogin()
            for connection in connections {
                connection.flow.breakOnTheWay(atSender: true, atReceiver: true)
            }
        case .endsUnheard:
            login.fromThere.cut()
            login.toThere.isStuck = true
            here.world.loginEnded(.exited(255))
        case .silent:
            let login = self.login
            login.fallSilent()
            agenda.after(.seconds(120)) {
                login.toThere.cut()
                login.fromThere.cut()
            }
        }
    }

    private func breakLogin() {
        login.toThere.cut()
        login.fromThere.cut()
        here.world.loginEnded(.exited(255))
    }

    /// What a session is to lose, if its seed has no say.
    enum Loss: Equatable {
        case connection(Losses.Kind)
        case login(LoginLosses.Kind)
    }
}
