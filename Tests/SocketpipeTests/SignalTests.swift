import Foundation
import Testing

/// Signals to either end, at every state of a session (FAULTS 20, 21, 35).
@Suite(.gated, .withSSHServer) struct SignalTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// How far a session has come.
    enum State: CaseIterable, CustomTestStringConvertible {
        case loggingIn, meeting, streaming, ending

        var testDescription: String { "while \(self)" }
    }

    /// Starts a session and waits until it stays in a state.
    private func session(in state: State, _ way: Way) async throws -> Run {
        var session = Session(
            there: way.there, route: way.route, producer: "cat /dev/zero",
            consumer: .sh("cat >/dev/null"),
            remote: .sh("touch \(scratch / "reached"); cat >/dev/null; sleep 1000"))
        switch state {
        case .loggingIn:
            session.login = .sh("touch \(scratch / "reached"); sleep 1000; exec \"$@\"")
        case .meeting:
            let hold = "touch \(scratch / "reached"); \(scratch.until("go")); cat <&3"
            session.login = .sh("exec 3<&0; { \(hold); } | \"$@\"")
        case .streaming: break
        case .ending: session.producer = "true"
        }
        let run = try session.start()
        try #require(await eventually { scratch.exists("reached") }, "\(run.errorSoFar)")
        if state == .meeting {
            try #require(await eventually { !ListeningSocket.all(of: run.pid).isEmpty })
        }
        return run
    }

    @Test(.tries(.signal), arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT], State.allCases)
    func `a signal ends both ends, and us by itself`(signal: Int32, state: State) async throws {
        for way in Way.usual {
            let run = try await session(in: state, way)
            run.send(signal)
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.exit == .signal(signal), "\(way)")
            #expect(ending.elapsed < .seconds(12), "\(way)")
            try await shell("rm -f $1/reached", scratch.path)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP], [State.streaming, .ending])
    func `a signal to the whole group, as from a terminal, does so, too`(
        signal: Int32, state: State
    ) async throws {
        let run = try await session(in: state, Way.usual[0])
        run.sendToGroup(signal)
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.exit == .signal(signal))
    }

    @Test(
        .tries(.signal), arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT],
        [State.meeting, .streaming, .ending])
    func `a signal to the there-end ends both ends`(signal: Int32, state: State) async throws {
        for way in Way.usual {
            let run = try await session(in: state, way)
            try #require(run.mark.thereEnd()).send(signal)
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.status != 0, "\(way)")
            #expect(ending.exit != .overran, "\(way)")
            #expect(!ending.complaints.isEmpty, "\(way)")
            try await shell("rm -f $1/reached", scratch.path)
        }
    }

    @Test func `a second signal ends us at once`() async throws {
        let stubborn = Words.sh(
            "trap '' TERM INT; touch $1; while :; do sleep .2; done", scratch / "reached")
        // After one signal the login would be waited for for 9 s.
        let lingering = Words.sh("trap '' TERM; \"$@\"; while :; do sleep .2; done")
        let run = try Session(
            producer: stubborn, login: lingering + "env", remote: "cat"
        ).start()
        try #require(await eventually { scratch.exists("reached") })
        let first = ContinuousClock.now
        run.send(SIGTERM)
        // The other end is gone: so the first signal was taken.
        try #require(await eventually { run.mark.thereEnd() == nil })
        #expect(run.isRunning)
        run.send(SIGTERM)
        try #require(await eventually { !run.isRunning })
        #expect(first.duration(to: .now) < .seconds(7))
        #expect(try await run.ending().exit == .signal(SIGTERM))
    }

    @Test(.tries(.stop)) func `a session that was stopped for long goes on`() async throws {
        let login = try SSHServer.ofSuite.login
        let sum = try await shell("yes | head -c 20000000 | cksum")
        try await Way.eachAtOnce { way in
            let scratch = try Scratch()
            let run = try Session(
                there: way.there, route: way.route,
                producer: .sh(
                    "touch $1; \(scratch.until("go")); yes | head -c 20000000", scratch / "begun"),
                consumer: "cksum", login: login,
                remote: "cat", options: "--stall 2"
            ).start()
            // A command that is stopped before it has executed would hold us in another state.
            let hasBegun = try await eventually {
                scratch.exists("begun") && run.mark.process("cksum") != nil
            }
            try #require(hasBegun, "\(run.errorSoFar)")
            run.sendToGroup(SIGSTOP)
            try #require(await eventually { Found(pid: run.pid)?.state == "T" })
            try await Task.sleep(for: .pastStall)
            run.sendToGroup(SIGCONT)
            try scratch.write("", to: "go")
            let ending = try await run.ending()
            #expect(ending.status == 0, "\(way)")
            #expect(ending.text == sum, "\(way)")
        }
    }

    @Test(.tries(.slowConsumer), arguments: Direction.allCases)
    func `a reader that pauses for longer than the stall limit is only slow`(
        direction: Direction
    ) async throws {
        try await Way.eachAtOnce { try await pauseReader(direction, $0) }
    }

    /// The reader takes nothing for a while, in which we take no memory and hardly any time.
    private func pauseReader(_ direction: Direction, _ way: Way) async throws {
        let scratch = try Scratch()
        let sender = Words.sh("yes | head -c 50000000")
        let reader = Words.sh(
            "touch $1; \(scratch.until("go")); cat >/dev/null", scratch / "reached")
        let run = try Session(direction, from: sender, to: reader, way, options: "--stall 2")
            .start()
        try #require(await eventually { scratch.exists("reached") })
        // The buffers on the way are full when nobody does anything any more.
        var ticks = -1
        let isFull = try await eventually {
            let before = ticks
            try await Task.sleep(for: .milliseconds(300))
            ticks = run.mark.processes().reduce(0) { $0 + $1.ticks }
            return ticks == before
        }
        #expect(isFull, "\(way)")
        let pids = [run.pid, try #require(run.mark.thereEnd()).pid]
        let before = try pids.map { try #require(Found(pid: $0)) }
        try await Task.sleep(for: .pastStall)
        #expect(run.isRunning, "\(way): \(run.errorSoFar)")
        for then in before {
            let now = try #require(Found(pid: then.pid), "\(way)")
            #expect(now.ticks - then.ticks < 30, "\(way): ticks of 10 ms in 8 s")
            #expect(try #require(now.peakMemory) < 48 << 20, "\(way)")
        }
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0, "\(way)")
    }

    @Test(arguments: Way.few)
    func `a session with nothing to move for long is only idle`(way: Way) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            producer: "cat", remote: .sh("touch $1; exec cat", scratch / "running"),
            options: "--stall 2", input: .pipe
        ).start()
        try #require(await eventually { scratch.exists("running") }, "\(run.errorSoFar)")
        try await Task.sleep(for: .pastStall)
        #expect(run.isRunning, "\(run.errorSoFar)")
        run.write("at last\n")
        run.closeInput()
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "at last\n")
    }

    @Test(.tries(.stoppedScreen))
    func `our output into a stopped pager holds nothing up but the bytes`() async throws {
        let sum = try await shell("yes | head -c 3000000 | cksum")
        let pager = "\"$@\" | { \(scratch.until("go")); cksum; }; exit ${PIPESTATUS[0]}"
        let runs = try Way.each.enumerated().map { number, way in
            try Session(
                there: way.there, route: way.route, producer: "true",
                remote: .sh("touch $1; yes | head -c 3000000", scratch / "running\(number)"),
                options: "--stall 2", wrapper: .bash(pager)
            ).start()
        }
        for (number, run) in runs.enumerated() {
            let isRunning = try await eventually { scratch.exists("running\(number)") }
            try #require(isRunning, "\(run.errorSoFar)")
        }
        try await Task.sleep(for: .pastStall)
        for run in runs { #expect(run.isRunning, "\(run.errorSoFar)") }
        try scratch.write("", to: "go")
        for (way, run) in zip(Way.each, runs) {
            let ending = try await run.ending()
            #expect(ending.status == 0, "\(way)")
            #expect(ending.text == sum, "\(way)")
        }
    }

    @Test(.tries(.hangUp), arguments: Way.each)
    func `nohup keeps a session alive when the terminal goes`(way: Way) async throws {
        let run = try Session(
            there: way.there, route: way.route, producer: .sh("\(scratch.until("go")); echo hi"),
            remote: .sh("touch $1; exec cat", scratch / "reached"), wrapper: "nohup"
        ).start()
        try #require(await eventually { scratch.exists("reached") })
        run.sendToGroup(SIGHUP)
        run.mark.thereEnd()?.send(SIGHUP)
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "hi\n")
    }
}
