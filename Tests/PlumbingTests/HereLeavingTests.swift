import LinuxSystem
import Testing

@testable import Plumbing

/// What the driver here does about a login command that does not end.
@Suite struct HereLeavingTests {
    private static func session(_ login: String) throws -> HereSession {
        let plan = Plan(
            login: [Word("sh"), Word("-c"), Word(login)], remote: [Word("cat")])
        return try HereSession(plan, environment: .inherited(), errors: ErrorSink())
    }

    @Test func `we wake up when the login command's patience is over`() async {
        await #expect(processExitsWith: .success) {
            let session = try HereLeavingTests.session("exec sleep 1000")
            session.conclude(Outcome(125, "failed", "for a test"))
            let moment = try #require(session.loginMustEndAt)
            #expect(try #require(session.nextMoment()) <= moment)
            session.lookAfterParting(moment)
            // Asked to end, it has a while until the next.
            let next = try #require(session.loginMustEndAt)
            #expect(next > moment)
            #expect(try #require(session.nextMoment()) <= next)
            session.supervisor.signalLogin(Signal.kill)
        }
    }

    /// Nothing is reaped here: so it looks like one in state D.
    @Test func `a login command that cannot be killed is given up`() async {
        await #expect(processExitsWith: .success) {
            let session = try HereLeavingTests.session("exec sleep 1000")
            session.conclude(Outcome(125, "failed", "for a test"))
            var steps = 0
            while let moment = session.loginMustEndAt, steps < 10 {
                #expect(!session.isOver(try #require(session.parting)))
                session.lookAfterParting(moment)
                steps += 1
            }
            #expect(steps == 3)
            #expect(session.supervisor.isRunning(.login))
            let isOver = session.isOver(try #require(session.parting))
            #expect(isOver)
            session.supervisor.signalLogin(Signal.kill)
        }
    }
}
