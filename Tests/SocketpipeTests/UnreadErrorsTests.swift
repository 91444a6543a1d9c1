import Foundation
import Testing

/// What is said, and by whom, must neither hold a session up nor be lost.
@Suite(.gated, .withSSHServer) struct UnreadErrorsTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(.tries(.unreadErrors), arguments: SlowErrors.allCases, Direction.allCases)
    func `a standard error without a reader holds nothing up`(
        errors: SlowErrors, direction: Direction
    ) async throws {
        try await Way.eachAtOnce { way in
            let scratch = try Scratch()
            let reader = Words.sh("cksum >$1", scratch / "sum")
            let session = Session(
                direction, from: .sh("yes | head -c 20000000"), to: reader, way,
                options: "--verbose --progress", wrapper: errors.wrapper(scratch))
            let ending = try await session.start().ending(within: .seconds(60))
            #expect(ending.status == 0, "\(way)")
            #expect(ending.report?.outcome == "complete", "\(way)")
            let sum = try await shell("yes | head -c 20000000 | cksum")
            #expect(scratch.text("sum") == sum, "\(way)")
        }
    }

    @Test(arguments: SlowErrors.allCases)
    func `a signal ends us though nothing reads our messages`(errors: SlowErrors) async throws {
        try await Way.eachAtOnce { way in
            let scratch = try Scratch()
            let run = try Session(
                there: way.there, route: way.route,
                producer: .sh("echo hi; touch $1; exec sleep 1000", scratch / "running"),
                remote: .sh("cat >/dev/null"), options: "--verbose",
                wrapper: errors.wrapper(scratch)
            ).start()
            try #require(await eventually { scratch.exists("running") }, "\(way)")
            for _ in 1...3 { run.send(SIGTERM) }
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.status == 143, "\(way)")
        }
    }

    @Test(arguments: SlowErrors.allCases)
    func `a signal ends us though nothing reads why we failed`(errors: SlowErrors) async throws {
        let run = try Session(
            producer: "false", remote: .sh("cat >/dev/null; touch $1", scratch / "over"),
            wrapper: errors.wrapper(scratch)
        ).start()
        try #require(await eventually { scratch.exists("over") })
        run.send(SIGTERM)
        let ending = try await run.ending(within: .seconds(15))
        #expect([1, 143].contains(ending.status))
    }

    /// What commands there said is kept for whoever may read it, as ssh would keep it; a signal ends
    /// that.
    @Test(arguments: SlowErrors.allCases, Way.few)
    func `a signal ends us though nothing reads the far end's messages`(
        errors: SlowErrors, way: Way
    ) async throws {
        let run = try Session(
            there: way.there, route: way.route, producer: "echo hi",
            login: try SSHServer.ofSuite.login,
            remote: .sh("cat >/dev/null; echo far >&2; touch $1", scratch / "over"),
            wrapper: errors.wrapper(scratch)
        ).start()
        try #require(await eventually { scratch.exists("over") })
        // Longer than our own last words are kept.
        try await Task.sleep(for: .seconds(14))
        #expect(run.isRunning)
        let asked = ContinuousClock.now
        run.send(SIGTERM)
        let ending = try await run.ending(within: .seconds(15))
        #expect(ContinuousClock.now - asked < .seconds(10))
        #expect([0, 143].contains(ending.status))
    }

    @Test(arguments: SlowErrors.allCases, Way.few)
    func `a late reader still gets the reason why we failed`(errors: SlowErrors, way: Way)
        async throws
    {
        let session = Session(
            there: way.there, route: way.route, producer: .sh("head -c 100000 /dev/zero; exit 3"),
            login: try SSHServer.ofSuite.login,
            remote: .sh("cat >/dev/null; touch $1", scratch / "over"),
            wrapper: errors.wrapper(scratch))
        let run = try session.start()
        try #require(await eventually { scratch.exists("over") })
        try await Task.sleep(for: .seconds(3))
        try scratch.write("", to: "read")
        #expect(try await run.ending().status == 3)
        let told = try #require(scratch.text("errors"))
        #expect(told.contains("producer 'sh' (here) exited with status 3"), "\(told.suffix(300))")
    }

    /// ssh makes a standard error that it shares `O_NONBLOCK`.
    @Test(arguments: SlowErrors.allCases, Way.few)
    func `a producer behind ssh says all it has to, however late it is read`(
        errors: SlowErrors, way: Way
    ) async throws {
        try await expectAllLines(
            errors, way, producer: .sh("seq 200000 >&2 && echo hi || exit 9"), remote: "cat")
    }

    @Test(arguments: SlowErrors.allCases, Way.few)
    func `a command there says all it has to, however late it is read`(
        errors: SlowErrors, way: Way
    ) async throws {
        try await expectAllLines(
            errors, way, producer: "echo hi", remote: .sh("cat; seq 200000 >&2"))
    }

    /// The reader begins when the session would be over if nobody had anything to say, and more
    /// than the time that a login command has to end.
    private func expectAllLines(
        _ errors: SlowErrors, _ way: Way, producer: Words, remote: Words
    ) async throws {
        let session = Session(
            there: way.there, route: way.route, producer: producer,
            login: try SSHServer.ofSuite.login, remote: remote, wrapper: errors.wrapper(scratch))
        let run = try session.start()
        try await Task.sleep(for: .seconds(5))
        try scratch.write("", to: "read")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "hi\n")
        let told = scratch.text("errors")?.split(separator: "\n").filter { !$0.hasPrefix("=") }
        #expect(told?.count == 200_000)
        #expect(told?.last == "200000")
    }

    @Test func `a login that leaves a master behind keeps nothing waiting`() async throws {
        let server = try SSHServer.ofSuite
        let master: Words = [
            "-o", "ControlMaster=auto", "-o", "ControlPersist=30", "-o",
            "ControlPath=\(scratch / "master")",
        ]
        let login = Words(bytes: Array(server.login.bytes.dropLast())) + master + ["four"]
        let piped = Words.bash("\"$@\" 2>&1 | cat; exit ${PIPESTATUS[0]}")
        let session = Session(
            producer: "echo hi", login: login, remote: .sh("cat; echo said >&2"), wrapper: piped)
        let run = try session.start()
        let isOver = try await eventually(within: .seconds(15)) { !run.isRunning }
        #expect(isOver)
        _ = try await shell(
            "ssh -o ControlPath=\"$1\" -O exit four 2>&1 || true", scratch / "master")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text.split(separator: "\n").sorted() == ["hi", "said"])
    }

    @Test(arguments: ThereEnd.allCases)
    func `a process that outlives us still reaches standard error`(there: ThereEnd) async throws {
        let file = scratch / "errors"
        // The reader is there for as long as anybody may write.
        let script =
            "{ { \"$@\"; echo $? >$0.status; } 2>&1 >&3 3>&- | cat >$0; } 3>&1; exit $(cat $0.status)"
        let piped = Words(["sh", "-c", script, file])
        let late = Words.sh(
            "(until [ -e $1 ]; do sleep .01; done; exec seq 50000 >&2) >/dev/null & cat",
            file + ".go")
        let run = try Session(
            there: there, producer: "echo hi", login: "env", remote: late, wrapper: piped
        ).start()
        let isOver = try await eventually { scratch.exists("errors.status") }
        try scratch.write("", to: "errors.go")
        let ending = try await run.ending()
        #expect(isOver && ending.status == 0, "\(ending.testDescription)")
        #expect(ending.text == "hi\n")
        #expect(scratch.text("errors")?.split(separator: "\n").count == 50_000)
    }

    @Test func `what a login says comes before what we say of its end`() async throws {
        let login = Words.sh("echo the reason >&2; exit 255")
        let ending = try await Session(producer: "echo hi", login: login, remote: "cat").run()
        #expect(ending.status == 255)
        #expect(ending.error.hasPrefix("the reason\nsocketpipe: "), "\(ending.error)")
    }

    @Test(arguments: ThereEnd.allCases)
    func `--quiet keeps the other end quiet as well`(there: ThereEnd) async throws {
        for isQuiet in [false, true] {
            let session = Session(
                there: there, producer: "echo hi", remote: "dd of=/dev/tape/none/st0",
                options: isQuiet ? "--quiet" : "")
            let ending = try await session.run()
            #expect(ending.status == 1)
            #expect(ending.error.contains("the tape drive attached") != isQuiet, "\(ending.error)")
        }
    }
}
