import Foundation
import Testing

/// What commands leave behind ends with an end that is killed by -9 (faults 17, 30).
@Suite(.gated) struct OrphanTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What leaves somebody behind, and goes on; `$1` is made when it has.
    enum Leaving: String, CaseIterable, CustomTestStringConvertible {
        case child = "(sleep 1000 &); touch $1; sleep 1000"
        case childOfAnEndedCommand = "sleep 1000 & touch $1"
        case childWithoutStream =
            "(sleep 1000 </dev/null >/dev/null 2>&1 &); touch $1; sleep 1000"
        // A shell gives its background commands another input.
        case childInItsOwnSession =
            "exec 3<&0; (setsid sleep 1000 <&3 &); sleep .3; touch $1; sleep 1000"

        var testDescription: String { rawValue }
    }

    private func session(_ script: String, at end: String, _ way: Way, reads: Bool) -> Session {
        let script = reads ? script + "; cat >/dev/null" : script
        let command = Words.sh(script, scratch / "running")
        var session = Session(there: way.there, route: way.route, remote: command)
        let endless = Words("sleep 1000")
        if end == "here" {
            session.remote = endless
            if reads { session.consumer = command } else { session.producer = command }
        } else if reads {
            session.producer = endless
        } else {
            session.consumer = "cat"
        }
        return session
    }

    /// Kills the end as soon as its command has left somebody behind.
    private func strike(_ session: Session, at end: String) async throws -> Run {
        let run = try session.start()
        try #require(await eventually { scratch.exists("running") }, "\(run.errorSoFar)")
        let victim = end == "here" ? Found(pid: run.pid) : run.mark.thereEnd()
        try #require(victim).send(SIGKILL)
        return run
    }

    @Test(.tries(.killedEnd), arguments: Leaving.allCases, ["here", "there"])
    func `no process is left behind`(leaving: Leaving, end: String) async throws {
        for way in Way.few {
            for reads in [false, true] {
                let session = session(leaving.rawValue, at: end, way, reads: reads)
                // That nobody is left is expected of every run.
                let ending = try await strike(session, at: end).ending(within: .seconds(20))
                #expect(
                    ending.exit == (end == "here" ? .signal(SIGKILL) : .status(122)),
                    "\(way), \(ending.testDescription)")
                try await shell("rm -f $1/running", scratch.path)
            }
        }
    }

    @Test(.tries(.killedEnd), arguments: ["here", "there"])
    func `a process that left the session without the stream lives on`(end: String) async throws {
        let script =
            "(setsid sleep 1000 </dev/null >/dev/null 2>&1 &); sleep .3; touch $1; sleep 999"
        let session = session(script, at: end, Way.usual[0], reads: false)
        let run = try await strike(session, at: end)
        let isAlone = try await eventually {
            run.mark.processes().map { $0.words.joined(separator: " ") } == ["sleep 1000"]
        }
        #expect(isAlone, "\(run.mark.processes())")
        run.mark.killAll()
        _ = try await run.ending()
    }

    /// Here is the heir of a guard there where the login is a process of this host.
    @Test(.tries(.killedEnd)) func `the guard of a killed end is let do its work`() async throws {
        let guardian = scratch / "stream-guard"
        try await shell("cp /bin/sleep $1", guardian)
        var session = session("touch $1; sleep 999", at: "there", Way.usual[0], reads: false)
        session.login = .sh("$1 1000 </dev/null >/dev/null 2>&1 & shift; exec \"$@\"", guardian)
        let run = try await strike(session, at: "there")
        let isAlone = try await eventually {
            run.mark.processes().map { $0.words.first } == [guardian] && !run.isRunning
        }
        #expect(isAlone, "\(run.mark.processes())")
        run.mark.killAll()
        _ = try await run.ending()
    }

    @Test(.tries(.killedEnd), .needsCompiler, arguments: ["here", "there"])
    func `a command with thousands of children leaves none`(end: String) async throws {
        let crowd = try await HolderProgram(in: scratch).words("crowd", "4500")
        let script = "\(crowd.text) & until [ -e $1 ]; do sleep .05; done; wait"
        let run = try session(script, at: end, Way.usual[0], reads: false).start()
        try #require(
            await eventually(within: .seconds(60)) { run.errorSoFar.contains("ready") },
            "\(run.errorSoFar)")
        let victim = end == "here" ? Found(pid: run.pid) : run.mark.thereEnd()
        try #require(victim).send(SIGKILL)
        _ = try await run.ending(within: .seconds(40))
    }
}
