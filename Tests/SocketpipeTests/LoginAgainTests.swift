import Foundation
import Testing

/// `--reconnect`: the login is lost, and the session goes on by another one.
@Suite(.gated, .awaitsReconnecting, .withSSHServer) struct LoginAgainTests {
    let stream: CutStream
    let courier: Courier

    init() throws {
        stream = try CutStream()
        courier = Courier(in: stream.scratch)
    }

    /// Waits until there are so many logins, and the last of them carries the session.
    private func logins(_ count: Int, of run: Run) async throws {
        let areThere = try await eventually(within: .seconds(30)) {
            courier.pids.count >= count || !run.isRunning
        }
        try #require(areThere && run.isRunning, "\(run.errorSoFar)")
    }

    private func expectLogins(_ count: Int, in ending: Ending) {
        let told = (ending.report?.reconnects ?? []).count { $0.login == true }
        #expect(told == count, "\(ending.testDescription)")
        #expect(courier.pids.count == count + 1)
    }

    static let companions: [Words] = [
        [], "--encrypt", "--engine copy", "--push", "--record 64k", "--via login",
    ]

    @Test(arguments: companions)
    func `a login that is killed costs no byte`(options: Words) async throws {
        var session = stream.session(20_000_000, options, login: courier.login)
        if options.text == "--push" { session.there = nil }
        let run = try session.start()
        for (number, mark) in [2_000_000, 8_000_000, 14_000_000].enumerated() {
            try await stream.reaches(mark, run)
            try await logins(number + 1, of: run)
            #expect(courier.kill())
        }
        let ending = try await run.ending()
        try await stream.expectWhole(ending, 20_000_000)
        expectLogins(3, in: ending)
    }

    enum Victim: CaseIterable { case ssh, sshd }

    @Test(.tries(.killedLogin), arguments: Victim.allCases)
    func `either side of ssh may be killed`(victim: Victim) async throws {
        let run = try stream.session(20_000_000, [], login: try SSHServer.ofSuite.login).start()
        for mark in [2_000_000, 10_000_000] {
            try await stream.reaches(mark, run)
            let found =
                victim == .ssh
                ? run.mark.process { $0.first == "ssh" } : run.mark.sshSession()
            try #require(found).send(SIGKILL)
        }
        let ending = try await run.ending()
        try await stream.expectWhole(ending, 20_000_000)
        #expect(ending.report?.reconnects?.count { $0.login == true } == 2)
    }

    @Test func `the login and the data may be lost at once`() async throws {
        try await Cutter.of { cutter in
            let run = try stream.session(
                20_000_000, cutter.options, login: courier.login
            ).start()
            for (number, mark) in [2_000_000, 8_000_000, 14_000_000].enumerated() {
                try await stream.reaches(mark, run)
                try await logins(number + 1, of: run)
                #expect(courier.kill())
                try await cutter.cut(run, all: true)
            }
            let ending = try await run.ending()
            try await stream.expectWhole(ending, 20_000_000)
            expectLogins(3, in: ending)
        }
    }

    @Test func `a login that fails for a while is tried again`() async throws {
        let run = try stream.session(20_000_000, [], login: courier.login).start()
        try await stream.reaches(2_000_000, run)
        try courier.close()
        #expect(courier.kill())
        try await logins(3, of: run)
        courier.open()
        let ending = try await run.ending()
        try await stream.expectWhole(ending, 20_000_000)
        let told = ending.report?.reconnects?.first { $0.login == true }
        #expect(told?.tries ?? 0 >= 2, "\(ending.testDescription)")
    }

    /// What the command there prints comes home by the login, and once.
    @Test func `what comes home by the login is whole`() async throws {
        let line = "seq 20000; \(stream.scratch.until("go")); seq 20000; cat >/dev/null"
        let run = try Session(
            there: .remoteAlone, producer: .sh(CutStream.make(1_000_000)), login: courier.login,
            remote: .sh(line), options: CutStream.usual
        ).start()
        try #require(await eventually { run.outputSoFar.count > 1000 }, "\(run.errorSoFar)")
        #expect(courier.kill())
        try stream.scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(try await ending.text == shell("seq 20000; seq 20000"))
    }

    /// All data is over; only the verdict is missing.
    @Test func `a login that is lost at the very end costs no verdict`() async throws {
        let run = try Session(
            there: .remoteAlone, producer: .sh(CutStream.make(1_000_000)), login: courier.login,
            remote: .sh("cat >/dev/null; \(stream.scratch.until("go")); exit 3"),
            options: CutStream.usual
        ).start()
        try #require(await eventually { run.mark.process { $0.first == "seq" } == nil })
        try await logins(1, of: run)
        #expect(courier.kill())
        try stream.scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 3, "\(ending.testDescription)")
    }
}

extension Mark {
    /// The part of sshd that a session of the end there has.
    func sshSession() -> Found? {
        // OpenSSH 9.8 and later have a program of its own for a session.
        let names = ["sshd: ", "sshd-session: "]
        var process = processes().last { $0.words.dropFirst().first == "--remote-end" }
        while let found = process,
            !names.contains(where: { found.words.first?.hasPrefix($0) == true })
        {
            process = Found(pid: found.parent)
        }
        return process
    }
}
