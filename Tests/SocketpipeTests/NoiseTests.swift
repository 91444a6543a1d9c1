import Foundation
import Testing

/// Shells that talk where they should not (FAULTS 6, 7, 38).
@Suite(.gated) struct NoiseTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(
        .tries(.noise),
        arguments: [
            "echo hi there", "printf 'Welcome\\r\\nto hi there\\r\\n'", "yes hi there | head -5000",
            "printf '\\n\\n\\nhi there\\n'", "printf '\\001\\377\\033[2Jhi there\\n'",
            "echo hello; echo hi there",
        ])
    func `noise before hello is passed to standard error`(noise: String) async throws {
        let session = Session(
            producer: "echo data", login: .sh("\(noise); exec \"$@\""), remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "data\n")
        #expect(ending.error.contains("hi there"))
        #expect(!ending.error.contains("\u{1b}"))
    }

    @Test(.tries(.noise), arguments: ["yes noise | head -c 1000000", "head -c 1000000 /dev/zero"])
    func `more noise than 64 KiB is told with the cure`(noise: String) async throws {
        let session = Session(
            producer: ["touch", scratch / "producer"], login: .sh("\(noise); exec \"$@\""),
            remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(
            ending.complaints.contains {
                $0.contains("shell") || $0.contains("login command")
            })
        #expect(ending.error.utf8.count < 300_000)
        #expect(!scratch.exists("producer"))
    }

    /// Starts a session whose login adds `junk` to one side of the control channel on a sign.
    private func disturbed(_ junk: String, towards end: String, there: ThereEnd) throws -> Run {
        let sign = "until [ -e \(scratch / "go") ]; do sleep .02; done; printf '\(junk)'"
        let login =
            end == "here"
            ? "(\(sign)) & exec \"$@\""
            : "exec 3<&0; { cat <&3 & \(sign); wait; } | \"$@\""
        return try Session(
            there: there, producer: "cat /dev/zero", login: .sh(login),
            remote: .sh("touch \"$1\"; exec cat >/dev/null", scratch / "running")
        ).start()
    }

    @Test(
        .tries(.junk), arguments: ["here", "there"],
        [
            "\\001junk\\n", "run words=1\\n", "hello\\n", "output bytes=-1\\n", "counts\\n",
            "credit bytes=99999999999999999999\\n", "\\n",
        ])
    func `junk on the control channel ends both ends`(end: String, junk: String) async throws {
        let there = ThereEnd.allCases[junk.count % 2]
        let run = try disturbed(junk, towards: end, there: there)
        try #require(await eventually { scratch.exists("running") })
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 125)
        #expect(ending.elapsed < .seconds(15))
    }

    @Test(.tries(.junk), arguments: ThereEnd.allCases)
    func `a line without an end is bounded`(there: ThereEnd) async throws {
        let run = try disturbed("%0200000d", towards: "here", there: there)
        try #require(await eventually { scratch.exists("running") })
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 125)
        #expect(ending.error.utf8.count < 20_000)
    }

    @Test(.tries(.chattyShell), arguments: ThereEnd.allCases)
    func `a bashrc that prints there does not reach the stream`(there: ThereEnd) async throws {
        try scratch.write("echo bashrc was here\n", to: ".bashrc")
        let session = Session(
            there: there, producer: "echo data", consumer: "cat",
            login: ["env", "-u", "SHLVL", "HOME=\(scratch.path)"], remote: ["bash", "-c", "cat"])
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "data\n")
    }

    @Test(.tries(.chattyShell), arguments: ThereEnd.allCases)
    func `a bashrc that prints behind a real ssh reaches standard error only`(
        there: ThereEnd
    ) async throws {
        try scratch.write("echo bashrc was here\n", to: ".bashrc")
        try await SSHServer.running("SetEnv HOME=\(scratch.path)") { server in
            let session = Session(
                there: there, producer: "echo data", consumer: "cat", login: server.login,
                remote: ["bash", "-c", "cat"])
            let ending = try await session.run()
            #expect(ending.status == 0)
            #expect(ending.text == "data\n")
            #expect(ending.error == "bashrc was here\n")
        }
    }
}
