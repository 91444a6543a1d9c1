import Foundation
import Testing

/// Commands that our signals do not end are named, and hold nobody up (faults 41).
@Suite(.gated) struct UnkillableTests {
    /// TERM, 2 s, KILL, 5 s, and the way back from the other end.
    private static let bound = Duration.seconds(20)

    private func session(stuck role: String, on file: String, there: ThereEnd) -> Session {
        let stuck: Words = ["cat", file]
        var session = Session(there: there, remote: .sh("cat >/dev/null"))
        switch role {
        case "producer": session.producer = stuck
        case "consumer": (session.consumer, session.remote) = (stuck, "cat /dev/zero")
        default: (session.producer, session.remote) = ("cat /dev/zero", stuck)
        }
        return session
    }

    /// Waits for our end alone: what cannot be killed is still there.
    private func expectEnd(
        of run: Run, leaving pid: pid_t, at end: String, sourceLocation: SourceLocation
    ) async throws {
        let begin = ContinuousClock.now
        let hasEnded = try await eventually(within: Self.bound) { !run.isRunning }
        #expect(hasEnded, sourceLocation: sourceLocation)
        let state = Found(pid: pid).map { "\($0.state)" } ?? "gone"
        let said = "cannot kill process \(pid) \(end) (state \(state))"
        let isTold = try await eventually { run.errorSoFar.contains(said) }
        #expect(
            isTold, "no '\(said)' after \(begin.duration(to: .now)): \(run.errorSoFar)",
            sourceLocation: sourceLocation)
    }

    @Test(
        .tries(.unkillable), .needsUnansweredFile, arguments: ["producer", "consumer", "remote"],
        ThereEnd.allCases)
    func `a command in state D is named, and we end by the signal`(
        role: String, there: ThereEnd
    ) async throws {
        let file = try await UnansweredFile()
        let run = try session(stuck: role, on: file.path, there: there).start()
        let waits = try await eventually { file.wasAsked }
        #expect(waits, "\(run.errorSoFar)")
        let stuck = try #require(run.mark.process("cat \(file.path)"))
        run.send(SIGTERM)
        try await expectEnd(
            of: run, leaving: stuck.pid, at: role == "remote" ? "there" : "here",
            sourceLocation: #_sourceLocation)
        #expect(Found(pid: stuck.pid)?.state == "D")
        try await file.release()
        #expect(try await run.ending().exit == .signal(SIGTERM))
    }

    @Test(.tries(.unkillable), .needsUnansweredFile, arguments: ThereEnd.allCases)
    func `a producer in state D does not outlast a lost peer`(there: ThereEnd) async throws {
        let file = try await UnansweredFile()
        let run = try session(stuck: "producer", on: file.path, there: there).start()
        let waits = try await eventually { file.wasAsked }
        #expect(waits, "\(run.errorSoFar)")
        let stuck = try #require(run.mark.process("cat \(file.path)"))
        run.mark.thereEnd()?.send(SIGKILL)
        try await expectEnd(
            of: run, leaving: stuck.pid, at: "here", sourceLocation: #_sourceLocation)
        try await file.release()
        #expect(try await run.ending().status == 122)
    }
}
