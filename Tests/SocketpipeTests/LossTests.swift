import Foundation
import Testing

/// One part of a running session is lost, at any moment (faults 12, 16, 17, 30, 39, 41).
@Suite(.gated, .withSSHServer) struct LossTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What is lost, without a word.
    enum Victim: CaseIterable, CustomTestStringConvertible {
        case here, there, ssh, sshd

        /// A session may go on without it.
        var isLogin: Bool { self == .ssh || self == .sshd }

        var testDescription: String { "\(self) is lost" }
    }

    /// A session that goes on for ever; its reader notes how its stream ended.
    ///
    /// - Parameter script: The reader's first words.
    private func endless(
        _ direction: Direction, _ way: Way, login: Words = "env", reader script: String = ":"
    ) throws -> Run {
        let reader = Words.sh(
            "\(script); touch $1; cat >/dev/null; echo $? >$2", scratch / "running",
            scratch / "status")
        return try Session(direction, from: "cat /dev/zero", to: reader, way, login: login).start()
    }

    /// The process that is to be lost, if it is there.
    private func process(of victim: Victim, in run: Run) -> Found? {
        switch victim {
        case .here: return run.isRunning ? Found(pid: run.pid) : nil
        case .there: return run.mark.thereEnd()
        case .ssh: return run.mark.process { $0.first == "ssh" }
        case .sshd:
            var process = run.mark.thereEnd()
            // OpenSSH 9.8 and later have a program of its own for a session.
            let names = ["sshd: ", "sshd-session: "]
            while let found = process,
                !names.contains(where: { found.words.first?.hasPrefix($0) == true })
            {
                process = Found(pid: found.parent)
            }
            return process
        }
    }

    /// Strikes as soon as the victim is there.
    private func strike(
        _ victim: Victim, of run: Run, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let hasStruck = try await eventually {
            let process = process(of: victim, in: run)
            process?.send(SIGKILL)
            return process != nil
        }
        #expect(hasStruck, "\(run.errorSoFar)", sourceLocation: sourceLocation)
    }

    @Test(.tries(.killedLogin, .killedEnd), arguments: Victim.allCases, Direction.allCases)
    func `whatever is lost, both ends end and no reader sees a good end`(
        victim: Victim, direction: Direction
    ) async throws {
        var random = SeededGenerator()
        for way in victim.isLogin ? Way.mortal : Way.usual {
            let run = try endless(direction, way, login: try SSHServer.ofSuite.login)
            try #require(await eventually { scratch.exists("running") }, "\(run.errorSoFar)")
            try await random.moment(within: .milliseconds(100))
            try await strike(victim, of: run)
            let ending = try await run.ending(within: .seconds(20))
            let comment: Comment = "\(way), \(random.comment)"
            #expect(ending.exit == (victim == .here ? .signal(SIGKILL) : .status(122)), comment)
            #expect(scratch.text("status") != "0\n", comment)
            try await shell("rm -f $1/running $1/status", scratch.path)
        }
    }

    @Test(.tries(.killedLogin, .killedEnd), arguments: Victim.allCases, Way.usual)
    func `at any moment since the start`(victim: Victim, way: Way) async throws {
        if victim.isLogin, way.route == .kept { return }
        var random = SeededGenerator()
        for _ in 0..<Program.rounds(default: 4) {
            let run = try Session(
                there: way.there, route: way.route, producer: "cat /dev/zero",
                consumer: .sh("cat >/dev/null"),
                login: try SSHServer.ofSuite.login, remote: "cat"
            ).start()
            // About as long as a login takes; a victim that is not there yet is struck as it comes.
            try await random.moment(within: .milliseconds(600))
            try await strike(victim, of: run)
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.status != 0, random.comment)
            #expect(ending.exit != .overran, random.comment)
        }
    }

    @Test(.tries(.killedProducer), arguments: Direction.allCases, Way.usual)
    func `a sender that is killed breaks the stream`(
        direction: Direction, way: Way
    ) async throws {
        var random = SeededGenerator()
        for _ in 0..<Program.rounds(default: 5) {
            let run = try endless(direction, way)
            try #require(await eventually { run.mark.process("cat /dev/zero") != nil })
            try await random.moment(within: .milliseconds(60))
            try #require(run.mark.process("cat /dev/zero")).send(SIGKILL)
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.status == 137, random.comment)
            way.route.expectBroken(
                scratch.text("status"), at: direction.target, random.comment)
            try await shell("rm -f $1/running $1/status", scratch.path)
        }
    }

    @Test(.tries(.leavingRemote, .leavingConsumer), arguments: Direction.allCases, Way.usual)
    func `a reader that is killed ends the sender`(
        direction: Direction, way: Way
    ) async throws {
        let run = try endless(direction, way, reader: "exec cat >/dev/null")
        try #require(await eventually { run.mark.process("cat") != nil })
        try #require(run.mark.process("cat")).send(SIGKILL)
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.status == 137)
        #expect(ending.elapsed < .seconds(10))
    }

    @Test(.tries(.killedTogether), arguments: Direction.allCases, Way.usual)
    func `our end and the sender lost together is an error to the reader`(
        direction: Direction, way: Way
    ) async throws {
        // A reader that TERM does not end has time to say what it saw.
        let run = try endless(direction, way, reader: "trap '' TERM HUP INT")
        var victims: [Found] = []
        let areThere = try await eventually {
            let supervisor = direction == .out ? Found(pid: run.pid) : run.mark.thereEnd()
            victims = [supervisor, run.mark.process("cat /dev/zero")].compactMap { $0 }
            return victims.count == 2 && scratch.exists("running")
        }
        try #require(areThere, "\(run.errorSoFar)")
        for victim in victims { victim.send(SIGKILL) }
        _ = try await run.ending(within: .seconds(20))
        way.route.expectBroken(scratch.text("status"), at: direction.target)
    }

    @Test(.tries(.stubbornCommand), arguments: Way.usual)
    func `commands that ignore TERM do not outlive either end`(way: Way) async throws {
        let stubborn = "trap '' TERM HUP INT PIPE; touch $1; while :; do sleep .2; done"
        for victim in [Victim.here, .there] {
            let run = try Session(
                there: way.there, route: way.route, producer: .sh(stubborn, scratch / "one"),
                consumer: .sh(stubborn, scratch / "two"),
                remote: .sh(stubborn, scratch / "three")
            ).start()
            for name in ["one", "two", "three"] {
                try #require(await eventually { scratch.exists(name) })
            }
            try await strike(victim, of: run)
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.exit == (victim == .here ? .signal(SIGKILL) : .status(122)))
            try await shell("cd $1; rm -f one two three", scratch.path)
        }
    }

    @Test(.tries(.unkillable), arguments: [Victim.here, Victim.there], Way.usual)
    func `grandchildren in pipelines do not outlive either end`(
        victim: Victim, way: Way
    ) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            producer: .sh("sleep 1000 >/dev/null & yes | cat | cat"),
            consumer: .sh("cat | cat >/dev/null"),
            remote: .sh("touch \(scratch / "running"); cat | (cat; sleep 1000) | cat")
        ).start()
        try #require(await eventually { scratch.exists("running") })
        try await strike(victim, of: run)
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.exit == (victim == .here ? .signal(SIGKILL) : .status(122)))
    }
}
