import CConfinement
import Glibc
import LinuxSystem
import Plumbing
import Testing

/// The commands of one end. In exit tests, because waiting for any child is nobody else's concern
/// there; `raise` stands for the kernel's SIGCHLD, which may go to another thread of the runner.
@Suite struct SupervisorTests {
    /// A supervisor whose commands can be ended by any signal.
    private static func supervisor(_ environment: Environment = .inherited()) throws -> Supervisor {
        try Supervisor(environment: environment)
    }

    private static func start(
        _ script: String, as role: Role, _ supervisor: Supervisor,
        _ shape: (inout SpawnOrder) -> Void = { _ in }
    ) throws -> CInt {
        try supervisor.start(role, [Word("sh"), Word("-c"), Word(script)]) { order in
            order.blocked = SignalSet(bits: 0)
            shape(&order)
        }
        return supervisor.commands.first { $0.role == role }?.pid ?? 0
    }

    /// The events once a process has ended or stopped.
    private static func events(
        _ supervisor: Supervisor, after pid: CInt, is state: String, isIntact: Bool = true
    ) throws -> [Supervisor.Event] {
        guard try happens({ Proc.state(of: pid) == state }) else { throw Errno.timedOut }
        raise(SIGCHLD)
        var readiness = Readiness()
        supervisor.watch(&readiness)
        try readiness.wait(until: .now + patience)
        return supervisor.advance(readiness) { _ in isIntact }
    }

    @Test func `the end of a command comes with its status and whether its flows were intact`()
        async
    {
        await #expect(processExitsWith: .success) {
            for isIntact in [true, false] {
                let supervisor = try SupervisorTests.supervisor()
                let pid = try SupervisorTests.start("exit 3", as: .producer, supervisor)
                let events = try SupervisorTests.events(
                    supervisor, after: pid, is: "Z", isIntact: isIntact)
                guard case .ended(let command)? = events.first, events.count == 1 else {
                    Issue.record("\(events)")
                    return
                }
                #expect(command.role == .producer && command.pid == pid)
                #expect(command.status == .exited(3))
                #expect(command.wasIntact == isIntact)
                #expect(supervisor.commands.allSatisfy { $0.running == nil })
            }
        }
    }

    @Test func `the guard is no survivor`() async {
        await #expect(processExitsWith: .success) {
            let supervisor = try SupervisorTests.supervisor()
            try supervisor.guardCommands(keeping: [], against: [])
            // It may never have run so far, and has no name of its own then.
            #expect(supervisor.survivors() == [])
            let guardian = try #require(supervisor.guarding?.leader)
            let isAlone = try happens { Proc.descendants() == [guardian] }
            #expect(isAlone)
            #expect(supervisor.survivors() == [])
            supervisor.releaseCommands()
        }
    }

    /// Has a guarded command end, and gives its number to another.
    ///
    /// - Returns: That number, and the guard, whose end has come with ours.
    private static func numberOfGuarded() throws -> (pid: CInt, guardian: CInt) {
        let supervisor = try supervisor()
        _ = try supervisor.guardCommands(keeping: [], against: [])
        let guardian = supervisor.guarding?.leader ?? 0
        let pid = try start("exit 0", as: .producer, supervisor)
        _ = try events(supervisor, after: pid, is: "Z")
        #expect(confine_child_numbered(pid) == pid)
        return (pid, guardian)
    }

    @Test(.enabled(if: geteuid() == 0, "to choose a process's number needs root"))
    func `the guard spares a process that got the number of an ended command`() async {
        await #expect(processExitsWith: .success) {
            let (pid, guardian) = try SupervisorTests.numberOfGuarded()
            #expect(try happens { Proc.state(of: guardian) == "Z" })
            #expect(Proc.state(of: pid) == "S")
            Process.signal(pid, Signal.kill)
        }
    }

    @Test func `only a stopped login is reported`() async {
        await #expect(processExitsWith: .success) {
            let supervisor = try SupervisorTests.supervisor()
            for role in [Role.consumer, .login] {
                let pid = try SupervisorTests.start("kill -STOP $$", as: role, supervisor)
                let events = try SupervisorTests.events(supervisor, after: pid, is: "T")
                #expect(events.count == (role == .login ? 1 : 0))
                if case .loginStopped(let signal)? = events.first { #expect(signal == SIGSTOP) }
            }
            for pid in Proc.descendants() { Process.signal(pid, Signal.kill) }
        }
    }

    @Test func `a signal for us is told once`() async {
        await #expect(processExitsWith: .success) {
            let supervisor = try SupervisorTests.supervisor()
            raise(SIGTERM)
            var readiness = Readiness()
            supervisor.watch(&readiness)
            try readiness.wait(until: .now + patience)
            let events = supervisor.advance(readiness) { _ in true }
            guard case .signalled(let signal)? = events.first else { throw Errno.timedOut }
            #expect(signal == SIGTERM)
            #expect(events.count == 1)
        }
    }

    @Test func `we end orphans, but not the running login and its children`() async {
        await #expect(processExitsWith: .success) {
            let supervisor = try SupervisorTests.supervisor()
            let login = try SupervisorTests.start("sleep 60 & wait", as: .login, supervisor)
            let parent = try SupervisorTests.start("sleep 60 & exit 0", as: .producer, supervisor)
            _ = try SupervisorTests.events(supervisor, after: parent, is: "Z")
            let hasAll = try happens { Proc.descendants().count == 3 }
            #expect(hasAll)
            let survivors = supervisor.survivors()
            #expect(survivors.count == 1)
            #expect(!survivors.contains(login))
            supervisor.endCommands(isUrgent: true)
            let areGone = try happens { supervisor.survivors().isEmpty }
            #expect(areGone)
            #expect(Proc.state(of: login) != "Z")
            for pid in Proc.descendants() { Process.signal(pid, Signal.kill) }
        }
    }

    @Test func `a stopped command is asked, and let run so that it can end`() async {
        await #expect(processExitsWith: .success) {
            let supervisor = try SupervisorTests.supervisor()
            let pid = try SupervisorTests.start(
                "kill -STOP $$; sleep 60", as: .producer, supervisor)
            _ = try SupervisorTests.events(supervisor, after: pid, is: "T")
            supervisor.endCommands()
            #expect(supervisor.isEnding && !supervisor.hasGivenUp)
            let events = try SupervisorTests.events(supervisor, after: pid, is: "Z")
            guard case .ended(let command)? = events.first else { throw Errno.timedOut }
            #expect(command.status == .killed(signal: SIGTERM))
        }
    }

    @Test(arguments: [nil, "0", "x", "", "-3"] as [String?])
    func `commands are at the first shell level at least`(level: String?) async {
        await #expect(processExitsWith: .success) { [level = level as String?] in
            let environment = level.map { Environment.inherited().setting("SHLVL", to: $0) }
            let without = Environment(
                entries: Environment.inherited().entries.filter {
                    !$0.starts(with: [UInt8]("SHLVL=".utf8))
                })
            let supervisor = try SupervisorTests.supervisor(environment ?? without)
            // A shell would count up: `env` tells what it got.
            try supervisor.start(
                .producer, [Word("sh"), Word("-c"), Word("test \"$SHLVL\" -ge 1")]
            ) {
                $0.blocked = SignalSet(bits: 0)
            }
            let pid = supervisor.commands.first?.pid ?? 0
            let events = try SupervisorTests.events(supervisor, after: pid, is: "Z")
            guard case .ended(let command)? = events.first else { throw Errno.timedOut }
            #expect(command.status == .exited(0))
        }
    }
}
