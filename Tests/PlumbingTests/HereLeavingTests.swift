import LinuxSystem
import Testing

@testable import Plumbing

/// What the end here does about a login command that does not end.
@Suite struct HereLeavingTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    /// An end that is leaving, and sees that the login command still runs.
    private func leaving() -> (core: HereCore, view: SeenView) {
        let own = Candidates.Knowledge(addresses: [], ssh: nil, networkIdentity: "one")
        let plan = Plan(login: [Word("login")], remote: [Word("cat")])
        var core = HereCore(plan, Surroundings(hasTerminal: false, own: own), now: start)
        _ = core.take(.exhausted(.outOfMemory), start)
        _ = core.take(
            .parted(Parted(isOrderly: false, isPeerLost: false, homeByteCount: 0)), start)
        var view = SeenView()
        view.isLoginRunning = true
        return (core, view)
    }

    private func signals(_ steps: [SessionStep]) -> [CInt] {
        steps.compactMap { if case .signalLogin(let signal) = $0 { signal } else { nil } }
    }

    @Test func `a login command that stays is asked, killed, and given up`() throws {
        var (core, view) = leaving()
        var told: [CInt] = []
        var now = start
        while !core.isOver(view, now), now < start + .seconds(60) {
            let moment = try #require(core.loginMustEndAt(view))
            #expect(core.deadline(view, now) <= moment)
            now = max(now, moment)
            told += signals(core.advance(view, now))
        }
        #expect(told == [Signal.terminate, Signal.kill])
        #expect(now < start + .seconds(10))
    }

    @Test func `what the login command still brings is waited for`() throws {
        var (core, view) = leaving()
        core.metAt = start
        core.parting?.outcome = Outcome(1, "failed", "for a test")
        let moment = try #require(core.loginMustEndAt(view))
        view.loginSpokeAt = moment
        #expect(signals(core.advance(view, moment)).isEmpty)
        let later = try #require(core.loginMustEndAt(view))
        #expect(later == moment + .seconds(2))
        #expect(signals(core.advance(view, later)) == [Signal.terminate])
    }

    @Test func `a login command that speaks on and on is ended after a minute`() throws {
        var (core, view) = leaving()
        core.metAt = start
        core.parting?.outcome = Outcome(1, "failed", "for a test")
        var now = start
        while core.parting?.loginEnding == nil, now < start + .seconds(90) {
            now = try #require(core.loginMustEndAt(view))
            view.loginSpokeAt = now
            _ = core.advance(view, now)
        }
        #expect(now >= start + .seconds(60) && now <= start + .seconds(62))
    }
}
