import Foundation
import Testing

/// Commands that run as another user, some of which we may not kill (faults 41).
@Suite(.gated) struct OtherUserTests {
    let user: OtherUser
    let scratch: Scratch

    init() async throws {
        user = try await OtherUser()
        scratch = try Scratch()
    }

    /// Starts a session as a user without rights; what it would report could not be read anyway.
    private func start(_ there: ThereEnd, producer: Words, remote: Words) throws -> Run {
        let session = Session(
            there: there, producer: producer, remote: remote, wrapper: user.enter,
            copies: user.copies)
        return try session.start(reports: false)
    }

    @Test(.needsOtherUser, arguments: ["root", "nobody"], ThereEnd.allCases)
    func `commands of another user are commands like any`(
        name: String, there: ThereEnd
    ) async throws {
        let sudo: Words = ["sudo", "-n", "-u", name]
        let producer = sudo + .sh("yes | head -c 3000000")
        let remote = sudo + .sh("cksum; exit 3")
        let sum = try await shell("yes | head -c 3000000 | cksum")
        let byNobody = try start(there, producer: producer, remote: remote)
        let byUs = try Session(there: there, producer: producer, remote: remote).start()
        for run in [byNobody, byUs] {
            let ending = try await run.ending()
            #expect(ending.status == 3)
            #expect(ending.text == sum)
        }
    }

    /// Starts a session with a command of root's at an end, and ends it by a signal once it says
    /// that it is running.
    private func interrupted(_ script: String, at end: String, there: ThereEnd) async throws -> Run
    {
        let command = "sudo -n" + Words.sh(script)
        let run =
            end == "here"
            ? try start(there, producer: command, remote: .sh("cat >/dev/null"))
            : try start(there, producer: "cat /dev/zero", remote: command)
        let isRunning = try await eventually { run.errorSoFar.contains("running") }
        #expect(isRunning, "\(run.errorSoFar)")
        run.send(SIGTERM)
        return run
    }

    @Test(.tries(.unkillable), .needsOtherUser, arguments: ["here", "there"], ThereEnd.allCases)
    func `sudo passes our TERM on`(end: String, there: ThereEnd) async throws {
        let run = try await interrupted(
            "echo running >&2; exec sleep 1000", at: end, there: there)
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.exit == .signal(SIGTERM))
        #expect(!ending.error.contains("cannot kill"))
    }

    @Test(.tries(.unkillable), .needsOtherUser, arguments: ["here", "there"], ThereEnd.allCases)
    func `a command that we may not kill is named, and we go without it`(
        end: String, there: ThereEnd
    ) async throws {
        let run = try await interrupted(
            "trap '' TERM HUP INT; echo running >&2; exec sleep 1000", at: end, there: there)
        let hasEnded = try await eventually(within: .seconds(25)) { !run.isRunning }
        #expect(hasEnded)
        let left = try #require(run.mark.process("sleep 1000"), "\(run.errorSoFar)")
        run.mark.killAll()
        let ending = try await run.ending()
        #expect(ending.exit == .signal(SIGTERM))
        let named = "cannot kill process \(left.pid) \(end) (state S)"
        #expect(ending.complaints.contains { $0.contains(named) })
    }
}
