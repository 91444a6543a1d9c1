import LinuxSystem
import Testing

@testable import Plumbing

/// What the end here does when its login is lost, and makes of what the next one says.
@Suite struct ReloginTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    /// An end that runs, has lost its login, and has begun another.
    private func tryingAgain() throws -> HereCore {
        var plan = Plan(login: [Word("env")], remote: [Word("cat")])
        plan.producer = .command([Word("echo")])
        plan.reconnect(within: .seconds(60))
        let own = Candidates.Knowledge(
            addresses: [.loopbackIPv4], ssh: nil, networkIdentity: "one")
        var core = HereCore(plan, Surroundings(hasTerminal: false, own: own), now: start)
        core.phase = .running
        core.hello = hello("one")
        let lost = core.take(.channelEnded(login: .exited(255), saying: nil), start)
        #expect(lost.contains { if case .abandonLogin = $0 { true } else { false } })
        let again = core.advance(SeenView(), start)
        try #require(again.contains { if case .relogin = $0 { true } else { false } })
        return core
    }

    private func hello(_ network: String) -> Hello {
        Hello(
            protocols: Version.protocols, programVersion: "1", kernel: "6", ssh: nil,
            addresses: [.loopbackIPv4], networkIdentity: network)
    }

    private func gaveUp(_ steps: [SessionStep]) -> Bool {
        steps.contains { if case .abandonLogin = $0 { true } else { false } }
    }

    @Test func `what is wrong with the next login ends that one alone`() throws {
        let events: [SessionEvent] = [
            .misheard(.lineTooLong), .noise([UInt8](repeating: 65, count: 100_000)),
            .line(ControlMessage.failed(.noInput).line), .line(ControlMessage.done.line),
            .cannotStartLogin(.notFound), .channelEnded(login: .exited(255), saying: nil),
        ]
        for event in events {
            var core = try tryingAgain()
            #expect(gaveUp(core.take(event, start)) && core.outcome == nil, "\(event)")
        }
    }

    @Test func `a heartbeat of who waits for our words is none of the session's`() throws {
        var core = try tryingAgain()
        #expect(core.take(.line(ControlMessage.alive(after: 1).line), start).isEmpty)
        let steps = core.take(.line(ControlMessage.hello(hello("one")).line), start)
        #expect(steps.contains { if case .rejoin(attempt: 1) = $0 { true } else { false } })
        _ = core.take(.line(ControlMessage.rejoined(seen: 1).line), start + .seconds(2))
        #expect(core.loginLoss == nil && core.reconnects.count == 1)
    }

    @Test(arguments: ["one", "other"])
    func `only its own host knows that the other end is gone`(network: String) throws {
        var core = try tryingAgain()
        _ = core.take(.line(ControlMessage.hello(hello(network)).line), start)
        let steps = core.take(.line(ControlMessage.failed(.noSession).line), start)
        #expect((core.outcome != nil) == (network == "one"), "\(steps)")
    }
}
