import Foundation
import Testing

/// A session is a job of an interactive shell, which the keyboard ends, stops and continues.
@Suite(.gated, .withSSHServer) struct JobControlTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(.tries(.signal))
    func `Ctrl-C ends both ends and us by the signal`() async throws {
        let terminal = try Terminal()
        let run = try Session(
            producer: "cat /dev/zero", login: try SSHServer.ofSuite.login,
            remote: .sh("touch \"$1\"; exec cat >/dev/null", scratch / "running"),
            input: .terminal(terminal)
        ).start()
        try #require(await eventually { scratch.exists("running") })
        terminal.type("\u{3}")
        let ending = try await run.ending()
        #expect(ending.exit == .signal(SIGINT))
        #expect(ending.elapsed < .seconds(15))
    }

    @Test(.tries(.stop))
    func `Ctrl-Z stops a session, and fg goes on with it`() async throws {
        let terminal = try Terminal()
        let shell = """
            set -m; "$@"; touch \(scratch / "stopped")
            \(scratch.until("resume")); fg >/dev/null; exit $?
            """
        let run = try Session(
            producer: .sh("\(scratch.until("go")); echo hi"),
            login: try SSHServer.ofSuite.login,
            remote: .sh("touch $1; exec cat", scratch / "running"), wrapper: .bash(shell),
            input: .terminal(terminal)
        ).start()
        try #require(await eventually { scratch.exists("running") })
        terminal.type("\u{1a}")
        try #require(await eventually { scratch.exists("stopped") }, "\(terminal.text)")
        let here = try #require(run.mark.process { $0.first == Program.here })
        #expect(here.state == "T")
        try scratch.write("", to: "resume")
        try #require(await eventually { Found(pid: here.pid)?.state != "T" })
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0, "\(terminal.text)")
        #expect(terminal.text.contains("hi"))
    }

    // The command that was just starting stopped before it had executed, with us waiting for it
    // where nothing but its end or its execution wakes us: the shell never saw the job stop.
    @Test(.tries(.stop)) func `Ctrl-Z stops a session while its commands start`() async throws {
        let shell = """
            set -m; "$@"; touch $STOPPED; until [ -e $RESUME ]; do sleep .01; done
            fg >/dev/null; exit $?
            """
        for round in 0..<Program.rounds(default: 25) {
            let scratch = try Scratch()
            let terminal = try Terminal()
            // The producer starts when the remote command has.
            let run = try Session(
                producer: .sh("\(scratch.until("go")); echo hi"),
                remote: .sh("touch $1; exec cat", scratch / "running"),
                wrapper: .bash(shell), input: .terminal(terminal),
                environment: ["STOPPED": scratch / "stopped", "RESUME": scratch / "resume"]
            ).start()
            try #require(await eventually { scratch.exists("running") })
            terminal.type("\u{1a}")
            let isSeen = try await eventually(within: .seconds(5)) { scratch.exists("stopped") }
            #expect(isSeen, "round \(round): \(terminal.text)")
            if !isSeen { run.mark.process { $0.first == Program.here }?.sendToGroup(SIGCONT) }
            try scratch.write("", to: "resume")
            try scratch.write("", to: "go")
            let ending = try await run.ending()
            #expect(ending.status == 0)
            #expect(terminal.text.contains("hi"))
        }
    }

    /// What a session does at its terminal that stops a background job.
    enum TerminalUse: CaseIterable { case reads, writes, writesHome }

    @Test(.tries(.stop), arguments: TerminalUse.allCases)
    func `a background job stops at the terminal, and goes on in the foreground`(
        use: TerminalUse
    ) async throws {
        let terminal = try Terminal()
        let shell = """
            set -m; [ $USE = reads ] || stty tostop
            "$@" & until [ "$(jobs -s)" ]; do sleep .02; done
            touch \(scratch / "stopped"); \(scratch.until("resume")); fg >/dev/null; exit $?
            """
        let run = try Session(
            producer: use == .reads ? "-" : use == .writesHome ? "true" : nil,
            consumer: use == .writes ? "-" : nil,
            remote: use == .reads ? "sed -u s/hello/HELLO/" : "echo HELLO",
            wrapper: .bash(shell), input: .terminal(terminal), environment: ["USE": "\(use)"]
        ).start()
        try #require(await eventually { scratch.exists("stopped") }, "\(terminal.text)")
        let here = try #require(run.mark.process { $0.first == Program.here })
        #expect(here.state == "T")
        #expect(!terminal.text.contains("HELLO"))
        try scratch.write("", to: "resume")
        if use == .reads {
            try #require(await eventually { Found(pid: here.pid)?.state != "T" })
            terminal.type("hello\n\u{4}")
        }
        #expect(try await run.ending().status == 0, "\(terminal.text)")
        #expect(terminal.text.contains("HELLO"), "\(terminal.text)")
    }
}
