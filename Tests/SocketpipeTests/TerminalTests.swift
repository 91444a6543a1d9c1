import Foundation
import Testing

/// Sessions at a terminal: prompts, a stopped screen.
@Suite(.gated, .withSSHServer) struct TerminalTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(.tries(.askingLogin), arguments: Way.each)
    func `the prompt of a login is answered at the terminal, however late`(way: Way) async throws {
        let terminal = try Terminal()
        let asking = Words.sh(
            """
            printf 'Password: ' >/dev/tty; read word </dev/tty
            [ "$word" = open ] && exec "$@"; exit 9
            """)
        // The wait for the password is longer than -t allows: that counts from hello.
        let run = try Session(
            there: way.there, route: way.route, producer: "echo hi", login: asking + ["env"],
            remote: "cat", options: "-t 1",
            input: .terminal(terminal)
        ).start()
        try #require(await terminal.shows("Password: "))
        try await Task.sleep(for: .milliseconds(1500))
        #expect(run.isRunning)
        terminal.type("open\n")
        #expect(try await run.ending().status == 0)
        try #require(await terminal.shows("hi"))
    }

    @Test(.tries(.askingLogin), arguments: Way.each)
    func `ssh asks for a passphrase at the terminal`(way: Way) async throws {
        let server = try SSHServer.ofSuite
        try await shell(
            """
            cp "$1/user" "$2/locked"; ssh-keygen -q -p -P '' -N 'open it' -f "$2/locked"
            sed "s,IdentityFile .*,IdentityFile $2/locked," "$1/client" > "$2/client"
            """, server.folder.path, scratch.path)
        let terminal = try Terminal()
        let run = try Session(
            there: way.there, route: way.route, producer: "echo hello",
            login: ["ssh", "-F", scratch / "client", "four"],
            remote: "tr a-z A-Z", input: .terminal(terminal)
        ).start()
        try #require(await terminal.shows("passphrase"))
        terminal.type("open it\n")
        #expect(try await run.ending().status == 0)
        try #require(await terminal.shows("HELLO"))
    }

    @Test func `-b keeps the terminal from the login`() async throws {
        let terminal = try Terminal()
        let session = Session(
            producer: "echo hi", login: .sh("read word </dev/tty && exec \"$@\""), remote: "cat",
            options: "-b", input: .terminal(terminal))
        #expect(try await session.run().status == 255)
    }

    /// What a login does at a terminal that is not its own: it reads, or it hides what is typed.
    @Test(.tries(.stoppedLogin), arguments: ["", "stty -echo </dev/tty; "], Way.each)
    func `a login that is stopped for the terminal is told within ten seconds`(
        preparation: String, way: Way
    ) async throws {
        let terminal = try Terminal()
        let login = "\(preparation)read word </dev/tty; [ \"$word\" = open ] && exec \"$@\""
        let run = try Session(
            there: way.there, route: way.route, producer: "echo hi", login: .sh(login) + "env",
            remote: "cat",
            wrapper: .bash(
                """
                set -m; "$@" 2>"$SAID" & until [ -e "$FORTH" ]; do sleep .05; done
                fg >/dev/null; exit $?
                """),
            input: .terminal(terminal),
            environment: ["SAID": scratch / "said", "FORTH": scratch / "forth"]
        ).start()
        let told = try await eventually(within: .seconds(10)) {
            scratch.text("said")?.contains("was stopped: it needs the terminal") == true
        }
        #expect(told, "said: \(scratch.text("said") ?? "nothing")")
        let here = try #require(run.mark.process { $0.first == Program.here })
        let isStopped = try await eventually { Found(pid: here.pid)?.state == "T" }
        #expect(isStopped)
        try scratch.write("", to: "forth")
        terminal.type("open\n")
        #expect(try await run.ending().status == 0, "\(terminal.text)")
        #expect(terminal.text.contains("hi"))
    }

    @Test(.tries(.stoppedLogin))
    func `a silent login at a terminal is told of, and may take its time`() async throws {
        let terminal = try Terminal()
        let run = try Session(
            producer: "echo hi", login: .sh("exec sleep 1000"), remote: "cat", options: "-t 1",
            input: .terminal(terminal)
        ).start()
        // Somebody may be looking for a password, for longer than -t allows.
        try #require(await terminal.shows("still waiting for the login command"))
        #expect(run.isRunning)
        terminal.type("\u{3}")
        #expect(try await run.ending().exit == .signal(SIGINT))
    }

    @Test(.tries(.stoppedLogin))
    func `a silent login is bounded where -b keeps the terminal from it`() async throws {
        let terminal = try Terminal()
        let run = try Session(
            producer: ["touch", scratch / "producer"], login: .sh("exec sleep 1000"),
            remote: "cat", options: "-t 3 -b", input: .terminal(terminal)
        ).start()
        try #require(await terminal.shows("still waiting for the login command"))
        let ending = try await run.ending()
        #expect(ending.status == 124)
        #expect(ending.elapsed >= .seconds(12))
        #expect(terminal.text.contains("did not start the other end within 12 s"))
        #expect(!scratch.exists("producer"))
    }

    @Test(.tries(.stoppedScreen))
    func `a screen that is stopped for long ends nothing`() async throws {
        try await Way.eachAtOnce { try await stopScreen(of: $0) }
    }

    private func stopScreen(of way: Way) async throws {
        let scratch = try Scratch()
        let terminal = try Terminal()
        let run = try Session(
            there: way.there, route: way.route,
            producer: .sh("\(scratch.until("go")); echo hi"),
            remote: .sh(
                """
                touch "$1"; i=0; while [ $i -lt 3000 ]; do i=$((i+1))
                echo "chatter chatter chatter chatter $i" >&2; done; cat
                """, scratch / "running"),
            options: "--stall 2", input: .terminal(terminal)
        ).start()
        try #require(await eventually { scratch.exists("running") })
        terminal.type("\u{13}")
        try await Task.sleep(for: .pastStall)
        #expect(run.isRunning)
        terminal.type("\u{11}")
        try scratch.write("", to: "go")
        try #require(await eventually { !terminal.text.isEmpty && !run.isRunning })
        let ending = try await run.ending()
        #expect(ending.status == 0, "\(terminal.text.suffix(500))")
        #expect(terminal.text.contains("hi"))
    }
}
