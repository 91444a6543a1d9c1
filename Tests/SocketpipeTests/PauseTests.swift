import Foundation
import Testing

/// What pauses for longer than the stall limit is only slow (faults 21, 26, 37).
@Suite(.gated, .withSSHServer) struct PauseTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(.tries(.stop)) func `a session that was stopped for long goes on`() async throws {
        let login = try SSHServer.ofSuite.login
        let sum = try await shell("yes | head -c 20000000 | cksum")
        // Through the login nobody but the stopped end could say that it lives.
        try await Way.eachAtOnce(Way.direct) { way in
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
}
