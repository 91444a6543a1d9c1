import Foundation
import Testing

/// What our own processes cost: nothing per byte, and little memory.
@Suite(.withSSHServer) struct CostTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What both of our processes have used when so many bytes have passed.
    private func cost(ofBytes count: Int, there: ThereEnd) async throws -> Int {
        let run = try Session(
            there: there,
            producer: .sh("head -c \(count) /dev/zero; exec >&-; \(scratch.until("go"))"),
            remote: .sh("cat >/dev/null; touch \(scratch / "done"); \(scratch.until("go"))")
        ).start()
        try #require(await eventually(within: .seconds(120)) { scratch.exists("done") })
        let here = try #require(Found(pid: run.pid))
        let other = try #require(run.mark.thereEnd())
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
        try await shell("rm -f $1/go $1/done", scratch.path)
        return here.ticks + other.ticks
    }

    @Test(.alone, arguments: ThereEnd.allCases)
    func `our processes spend nothing per byte`(there: ThereEnd) async throws {
        let size = Program.runsLong ? 8 << 30 : 1 << 30
        let small = try await cost(ofBytes: 1, there: there)
        let large = try await cost(ofBytes: size, there: there)
        // Ticks of 10 ms: under 0.1 s for all of it.
        #expect(large < 10 + small, "\(large) ticks for \(size) bytes, \(small) for one")
        if Program.variable("SOCKETPIPE") != nil { #expect(large < 10) }
    }

    @Test(.gated, .enabled(if: Program.variable("SOCKETPIPE") != nil, "for release builds only"))
    func `memory is bounded`() async throws {
        let run = try Session(
            there: .remoteAlone, producer: "cat", consumer: "cat",
            login: try SSHServer.ofSuite.login,
            remote: .sh("touch $1; exec cat", scratch / "running"), input: .pipe
        ).start()
        try #require(await eventually { scratch.exists("running") })
        let here = try #require(Found(pid: run.pid)?.peakMemory)
        let there = try #require(run.mark.thereEnd()?.peakMemory)
        #expect(here < 12 << 20)
        if Program.variable("SOCKETPIPE_REMOTE") != nil { #expect(there < 4 << 20) }
        run.closeInput()
        #expect(try await run.ending().status == 0)
    }

    @Test(.alone, .needsLongRun) func `the first byte comes soon after ssh itself would`()
        async throws
    {
        let login = try SSHServer.ofSuite.login
        var plain: [Duration] = []
        var ours: [Duration] = []
        for _ in 0..<15 {
            let bare = try await Run(login + ["true"]).ending()
            bare.expectSuccess()
            plain.append(bare.elapsed)
            let session = Session(
                there: .remoteAlone, producer: "echo hi", login: login, remote: "head -1")
            let ending = try await session.run()
            ending.expectSuccess()
            ours.append(ending.elapsed)
        }
        let difference = ours.sorted()[7] - plain.sorted()[7]
        print("socketpipe against ssh host true: \(difference) more")
        #expect(difference < .milliseconds(100))
    }
}
