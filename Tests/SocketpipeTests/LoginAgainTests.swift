import Foundation
import Testing

/// `--reconnect`: the login is lost, and the session goes on by another one.
@Suite(.gated, .withSSHServer) struct LoginAgainTests {
    let stream: CutStream
    let courier: Courier

    init() throws {
        stream = try CutStream()
        courier = Courier(in: stream.scratch)
    }

    /// Waits until it has logged in again so often.
    private func isBack(_ count: Int, _ run: Run) async throws {
        let isThere = try await eventually(within: .seconds(30)) {
            run.errorSoFar.components(separatedBy: "logged in again").count > count
                || !run.isRunning
        }
        try #require(isThere && run.isRunning, "\(run.errorSoFar)")
    }

    private func expectLogins(_ count: Int, in ending: Ending) {
        let told = (ending.report?.reconnects ?? []).count { $0.login == true }
        #expect(told == count, "\(ending.testDescription)")
    }

    static let companions: [Words] = [
        [], "--encrypt", "--engine copy", "--push", "--record 64k", "--via login",
    ]

    @Test(arguments: companions)
    func `a login that is killed costs no byte`(options: Words) async throws {
        var session = stream.session(options, login: courier.login)
        if options.text == "--push" { session.there = nil }
        let run = try stream.start(session)
        try await stream.atEachRest(of: run) { number in
            try await isBack(number - 1, run)
            #expect(courier.kill())
        }
        let ending = try await run.ending()
        try await stream.expectWhole(ending)
        expectLogins(3, in: ending)
        #expect(courier.pids.count == 4)
    }

    enum Victim: CaseIterable { case ssh, sshd }

    @Test(.tries(.killedLogin), arguments: Victim.allCases)
    func `either side of ssh may be killed`(victim: Victim) async throws {
        let run = try stream.start(stream.session([], login: try SSHServer.ofSuite.login))
        try await stream.atEachRest(of: run) { number in
            try await isBack(number - 1, run)
            // That of the login before may be there for a moment still.
            let found = victim == .ssh ? run.mark.loginsOfSSH() : run.mark.sessionsOfSSH()
            #expect(!found.isEmpty)
            for process in found { process.send(SIGKILL) }
        }
        let ending = try await run.ending()
        try await stream.expectWhole(ending)
        expectLogins(3, in: ending)
    }

    @Test func `the login and the data may be lost at once`() async throws {
        try await Cutter.of { cutter in
            let run = try stream.start(stream.session(cutter.options, login: courier.login))
            try await stream.atEachRest(of: run) { number in
                try await isBack(number - 1, run)
                #expect(courier.kill())
                try await cutter.cut(run, all: true)
            }
            let ending = try await run.ending()
            try await stream.expectWhole(ending, cuts: 6...9)
            expectLogins(3, in: ending)
        }
    }

    @Test func `a login that fails for a while is tried again`() async throws {
        let run = try stream.start(stream.session([], login: courier.login))
        try await stream.rests(1, run)
        try courier.close()
        #expect(courier.kill())
        try #require(await eventually { courier.pids.count > 2 }, "\(run.errorSoFar)")
        courier.open()
        for number in CutStream.rests { try stream.goOn(number) }
        let ending = try await run.ending()
        try await stream.expectWhole(ending, cuts: 1...1)
        let told = ending.report?.reconnects?.first { $0.login == true }
        #expect(told?.tries ?? 0 >= 2, "\(ending.testDescription)")
    }

    /// What the command there prints comes home by the login, and once.
    @Test func `what comes home by the login is whole`() async throws {
        let line = "seq 20000; \(stream.scratch.until("go")); seq 20000; cat >/dev/null"
        let run = try stream.start(
            Session(
                there: .remoteAlone, producer: .sh(CutStream.make(1_000_000)), login: courier.login,
                remote: .sh(line), options: "--reconnect 30"
            ))
        try #require(await eventually { run.outputSoFar.count > 1000 }, "\(run.errorSoFar)")
        #expect(courier.kill())
        try stream.scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(try await ending.text == shell("seq 20000; seq 20000"))
    }

    /// All data is over; only the verdict is missing.
    @Test func `a login that is lost at the very end costs no verdict`() async throws {
        let last = ": >\(stream.scratch / "last"); \(stream.scratch.until("go")); exit 3"
        let run = try stream.start(
            Session(
                there: .remoteAlone, producer: .sh(CutStream.make(1_000_000)), login: courier.login,
                remote: .sh("cat >/dev/null; \(last)"), options: "--reconnect 30"
            ))
        try #require(await eventually { stream.scratch.exists("last") }, "\(run.errorSoFar)")
        #expect(courier.kill())
        try stream.scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 3, "\(ending.testDescription)")
    }
}

extension Mark {
    /// The processes of ssh that log in.
    func loginsOfSSH() -> [Found] { processes().filter { $0.words.first == "ssh" } }

    /// The parts of sshd from which an end there descends.
    func sessionsOfSSH() -> [Found] {
        // OpenSSH 9.8 and later have a program of its own for a session.
        let names = ["sshd: ", "sshd-session: "]
        var found: [pid_t: Found] = [:]
        for end in processes() where end.words.dropFirst().first == "--remote-end" {
            var process = Found(pid: end.pid)
            while let one = process,
                !names.contains(where: { one.words.first?.hasPrefix($0) == true })
            {
                process = Found(pid: one.parent)
            }
            if let process { found[process.pid] = process }
        }
        return Array(found.values)
    }
}
