import Foundation
import Testing

/// Logins that bring something else than the other end's words: told within a bound, with the cure.
@Suite(.gated) struct ChangedLinesTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// At a terminal, where a login may take as long as it likes, and without one.
    private func expect(
        _ login: Words, isTold words: String, _ hint: String, within limit: Duration,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for terminal in [nil, try Terminal()] {
            let run = try Session(
                producer: .sh("touch $1", scratch / "started"), login: login, remote: "cat",
                input: terminal.map { .terminal($0) } ?? .null
            ).start()
            let ending = try await run.ending(within: limit, sourceLocation: sourceLocation)
            let said = terminal?.text ?? ending.error
            #expect(ending.status == 125, "\(said)", sourceLocation: sourceLocation)
            #expect(said.contains(words), "\(said)", sourceLocation: sourceLocation)
            #expect(said.contains(hint), "\(said)", sourceLocation: sourceLocation)
            #expect(!scratch.exists("started"), sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: ["node7: ", "Nov 29 12:00:00 ", "[1] "])
    func `a login that puts words before lines is told them`(prefix: String) async throws {
        try await expect(
            .sh("\"$@\" | sed -u 's/^/\(prefix)/'"),
            isTold: "puts '\(prefix)' before each line of the other end", "pdsh -N",
            within: .seconds(20))
    }

    @Test func `a login that changes letters is told so`() async throws {
        try await expect(
            .sh("\"$@\" | sed -u 's/.*/\\U&/'"), isTold: "changes letters", "unchanged",
            within: .seconds(20))
    }

    @Test func `a login that echoes its input is reported`() async throws {
        try await expect(
            .sh("exec cat #"), isTold: "echoes its input", "authorized_keys",
            within: .seconds(30))
    }

    @Test func `a login that is silent is told what may be behind it`() async throws {
        let terminal = try Terminal()
        let run = try Session(
            producer: "true", login: .sh("exec sleep 1000"), remote: "cat",
            input: .terminal(terminal)
        ).start()
        #expect(try await terminal.shows("ForceCommand", within: .seconds(30)))
        run.send(SIGTERM)
        #expect(try await run.ending().exit == .signal(SIGTERM))
    }

    @Test func `carriage returns and late words harm nothing`() async throws {
        // A heartbeat is sent meanwhile, to see who gives back what it hears.
        let session = Session(
            producer: "echo hi", login: .sh("sleep 11; \"$@\" | sed -u 's/$/\\r/'"),
            remote: .sh("cat >$1", scratch / "read"))
        let ending = try await session.run()
        #expect(ending.status == 0, "\(ending.error)")
        #expect(scratch.text("read") == "hi\n")
    }

    @Test func `-b keeps ssh from asking anyone`() async throws {
        let login = Words.sh("echo \"$SSH_ASKPASS_REQUIRE\" >$0; exec \"$@\"")
        let asking = Words(bytes: Array(login.bytes.dropLast())) + [scratch / "asked"]
        for (options, wanted) in [("", "force\n"), ("-b", "never\n")] {
            let session = Session(
                producer: "echo hi", login: asking, remote: "cat",
                options: Words(stringLiteral: options),
                environment: ["SSH_ASKPASS_REQUIRE": "force"])
            #expect(try await session.run().status == 0)
            #expect(scratch.text("asked") == wanted)
        }
    }

    @Test func `descriptors of ours reach the login`() async throws {
        let login = Words.sh("read word <&9; echo $word >$0; exec \"$@\"")
        let reading = Words(bytes: Array(login.bytes.dropLast())) + [scratch / "read"]
        let session = Session(
            producer: "echo hi", login: reading, remote: "cat",
            wrapper: .bash("\"$@\" 9< <(echo given)"))
        #expect(try await session.run().status == 0)
        #expect(scratch.text("read") == "given\n")
    }

    @Test func `with --rsh SIGUSR1 ends us and the login`() async throws {
        let words: Words = [
            Program.here, "--there", Program.here, "--rsh", "host",
            "touch \(scratch / "in"); sleep 1000",
        ]
        let ssh = try scratch.write(
            "#!/bin/sh\nshift\nexec sh -c \"$*\"\n", to: "ssh", executable: true)
        let path = URL(fileURLWithPath: ssh).deletingLastPathComponent().path
        let run = try Run(
            words, input: .null, environment: ["PATH": "\(path):/usr/bin:/bin"])
        try #require(await eventually { scratch.exists("in") }, "\(run.errorSoFar)")
        run.send(SIGUSR1)
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.exit == .signal(SIGUSR1))
        #expect(!ending.error.contains("/s"), "\(ending.error)")
    }
}
