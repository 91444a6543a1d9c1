import Foundation
import Testing

/// Shells that talk where they should not (faults 6, 7, 38).
@Suite(.gated) struct NoiseTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(
        .tries(.noise),
        arguments: [
            "echo hi there", "printf 'Welcome\\r\\nto hi there\\r\\n'", "yes hi there | head -5000",
            "printf '\\n\\n\\nhi there\\n'", "printf '\\001\\377\\033[2Jhi there\\n'",
            "echo hello; echo hi there",
        ], Way.each)
    func `noise before hello is passed to standard error`(noise: String, way: Way) async throws {
        let session = Session(
            there: way.there, route: way.route, producer: "echo data",
            login: .sh("\(noise); exec \"$@\""), remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "data\n")
        #expect(ending.error.contains("hi there"))
        #expect(!ending.error.contains("\u{1b}"))
    }

    @Test(
        .tries(.noise), arguments: ["yes noise | head -c 1000000", "head -c 1000000 /dev/zero"],
        Way.each)
    func `more noise than 64 KiB is told with the cure`(noise: String, way: Way) async throws {
        let session = Session(
            there: way.there, route: way.route, producer: ["touch", scratch / "producer"],
            login: .sh("\(noise); exec \"$@\""),
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
    private func disturbed(_ junk: String, towards end: String, _ way: Way) throws -> Run {
        let sign = "\(scratch.until("go")); printf '\(junk)'"
        let login =
            end == "here"
            ? "(\(sign)) & exec \"$@\""
            : "exec 3<&0; { cat <&3 & \(sign); wait; } | \"$@\""
        return try Session(
            there: way.there, route: way.route, producer: "cat /dev/zero",
            consumer: .sh("cat >/dev/null"), login: .sh(login),
            remote: .sh("touch \"$1\"; exec cat", scratch / "running")
        ).start()
    }

    @Test(
        .tries(.junk), arguments: ["here", "there"],
        [
            "\\001junk\\n", "run words=1\\n", "hello\\n", "output bytes=-1\\n", "counts\\n",
            "credit bytes=99999999999999999999\\n", "\\n",
        ])
    func `junk on the control channel ends both ends`(end: String, junk: String) async throws {
        for way in Way.each {
            let run = try disturbed(junk, towards: end, way)
            try #require(await eventually { scratch.exists("running") })
            try scratch.write("", to: "go")
            let ending = try await run.ending()
            #expect(ending.status == 125, "\(way)")
            #expect(ending.elapsed < .seconds(15), "\(way)")
            try await shell("rm $1/running $1/go", scratch.path)
        }
    }

    @Test(.tries(.junk), arguments: ["here", "there"], Way.each)
    func `a line without an end is bounded`(end: String, way: Way) async throws {
        let run = try disturbed("%0200000d", towards: end, way)
        try #require(await eventually { scratch.exists("running") })
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 125)
        #expect(ending.error.utf8.count < 20_000)
    }

    @Test(arguments: ["here", "there"], Way.each)
    func `lines without number hold nothing up, and take no memory`(
        end: String, way: Way
    ) async throws {
        let login =
            end == "here"
            ? "\"$@\" | { sed -u /^started/q; yes alive after=0 | head -n 500000; cat; }"
            : "{ sed -u /^use/q; yes alive after=0 | head -n 500000; cat; } | \"$@\""
        let run = try Session(
            there: way.there, route: way.route, producer: .sh("yes | head -c 3000000"),
            consumer: "cksum", login: .sh(login) + "env", remote: "cat"
        ).start()
        var peak = 0
        let hasEnded = try await eventually(within: .seconds(30)) {
            let reader = end == "here" ? Found(pid: run.pid) : run.mark.thereEnd()
            peak = max(peak, reader?.peakMemory ?? 0)
            return !run.isRunning
        }
        #expect(hasEnded)
        #expect(peak < 64 << 20)
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == (try await shell("yes | head -c 3000000 | cksum")))
    }

    @Test(.tries(.chattyShell), arguments: Way.each)
    func `a bashrc that prints there does not reach the stream`(way: Way) async throws {
        try scratch.write("echo bashrc was here\n", to: ".bashrc")
        let session = Session(
            there: way.there, route: way.route, producer: "echo data", consumer: "cat",
            login: ["env", "-u", "SHLVL", "HOME=\(scratch.path)"], remote: ["bash", "-c", "cat"])
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "data\n")
    }

    @Test(.tries(.chattyShell))
    func `a bashrc that prints behind a real ssh reaches standard error only`() async throws {
        try scratch.write("echo bashrc was here\n", to: ".bashrc")
        try await SSHServer.running("SetEnv HOME=\(scratch.path)") { server in
            for way in Way.each {
                let session = Session(
                    there: way.there, route: way.route, producer: "echo data", consumer: "cat",
                    login: server.login, remote: ["bash", "-c", "cat"])
                let ending = try await session.run()
                #expect(ending.status == 0)
                #expect(ending.text == "data\n")
                #expect(ending.error == "bashrc was here\n")
            }
        }
    }
}
