import Foundation
import Testing

/// The machinery itself: what it says must be true before anything else can be.
@Suite(.gated, .withSSHServer) struct HarnessTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func `a run gives output, errors and status`() async throws {
        let ending = try await Run(.sh("echo out; echo err >&2; exit 3")).ending()
        #expect(ending.text == "out\n")
        #expect(ending.error == "err\n")
        #expect(ending.exit == .status(3))
    }

    @Test func `a run that dies by a signal says which`() async throws {
        let run = try Run("sleep 1000")
        run.send(SIGTERM)
        #expect(try await run.ending().exit == .signal(SIGTERM))
    }

    @Test func `a run that overruns its limit is ended`() async throws {
        let run = try Run(.sh("sleep 1000 & sleep 1000"))
        var exit: Exit?
        try await withKnownIssue {
            exit = try await run.ending(within: .seconds(1)).exit
        } matching: { issue in
            issue.comments.contains { $0.rawValue.hasPrefix("overran") }
        }
        #expect(exit == .overran)
        #expect(run.mark.processes().isEmpty)
    }

    @Test func `what a run leaves behind is found`() async throws {
        let run = try Run(.sh("sleep 1000 & echo"))
        #expect(try await eventually { !run.isRunning })
        #expect(run.mark.process("sleep 1000") != nil)
        run.mark.killAll()
        _ = try await run.ending()
    }

    @Test func `a word may hold every byte but NUL`() async throws {
        let word = Array(UInt8(1)...255)
        let ending = try await Run("printf %s" + Words(bytes: [word])).ending()
        #expect(Array(ending.output) == word)
    }

    @Test func `a run reads what the test writes`() async throws {
        let run = try Run("cat", input: .pipe)
        run.write("hello")
        run.closeInput()
        #expect(try await run.ending().text == "hello")
    }

    @Test func `the server lets us in, with the mark`() async throws {
        let server = try SSHServer.ofSuite
        let run = try Run(server.login + ["echo $SOCKETPIPE_TEST_MARK"])
        #expect(try await run.ending().text == run.mark.value + "\n")
        #expect(try await Run(server.loginOverIPv6 + ["true"]).ending().status == 0)
    }

    @Test func `a terminal asks and is answered`() async throws {
        let terminal = try Terminal()
        let run = try Run(
            .sh("printf 'name? ' >/dev/tty; read n </dev/tty; echo \"is $n\""),
            input: .terminal(terminal))
        #expect(try await terminal.shows("name? "))
        terminal.type("joe\n")
        #expect(try await run.ending().status == 0)
        #expect(try await terminal.shows("is joe"))
    }

    @Test(.needsRoot)
    func `three hosts in a row reach each other`() async throws {
        try await Network.of(3) { hosts in
            for address in [hosts[2].address, hosts[2].address6] {
                let knock = Words.bash("exec 3<>/dev/tcp/$1/9", address)
                let ending = try await Run(hosts[0].enter + knock).ending()
                #expect(ending.error.contains("Connection refused"), "\(ending.testDescription)")
            }
        }
    }

    @Test(.needsRoot)
    func `a server runs on a host of the network`() async throws {
        try await Network.of(2) { hosts in
            try await SSHServer.running(in: hosts[1]) { server in
                let ending = try await Run(hosts[0].enter + server.login + ["true"]).ending()
                #expect(ending.status == 0)
            }
        }
    }
}
