import LinuxSystem
import Sealing
import Testing

@testable import Plumbing

/// What the end there does of itself, and when.
@Suite struct ThereCoreTests {
    private let start = Instant(nanoseconds: 1_000_000_000)
    private let name = ConnectionName([UInt8](0..<16))

    private func plan(_ change: (inout Plan) -> Void = { _ in }) -> Plan {
        var plan = Plan(login: [Word("env")], remote: [Word("cat")])
        plan.producer = .command([Word("echo")])
        plan.rendezvousLimit = .seconds(1)
        plan.stallLimit = .seconds(300)
        change(&plan)
        return plan
    }

    /// An end that was invited.
    private func meeting(
        _ plan: Plan, sealing cipher: Cipher? = nil, ciphers: [Cipher] = Cipher.allCases
    ) -> ThereCore {
        var hello = Hello(
            protocols: Version.protocols, programVersion: "1", kernel: "6", ssh: nil,
            addresses: [.loopbackIPv4], networkIdentity: "")
        hello.ciphers = ciphers
        var core = ThereCore(hello, own: [.loopbackIPv4], now: start)
        var invitation = Invitation(
            protocolVersion: 1, secret: .random(), endpoints: [], listenOn: [.loopbackIPv4],
            plan: plan)
        invitation.cipher = cipher
        _ = core.hears(.invite(invitation), start)
        return core
    }

    /// An end whose command runs.
    private func running(keeping: Bool = false) -> ThereCore {
        var core = meeting(plan())
        var order = RunOrder(wordCount: 1, isStrict: false, credit: 0)
        if keeping {
            order.relay = RelayOrder()
            order.relay?.keeps = true
        }
        _ = core.hears(.run(order), start)
        _ = core.hears(.word([99], isWhole: true), start)
        _ = core.take(.admitted(name, .out, from: .here), start)
        _ = core.hears(.use(.out, name), start)
        let steps = core.take(
            .joined(Connection(.out, name, from: .here, own: nil, peer: nil)), start)
        #expect(steps.contains { $0.verb == "(start)" } && core.isRunning)
        return core
    }

    /// Here had gone over to the new connection when its login was lost: the line comes by the next.
    @Test func `a connection that was met before another login still counts`() {
        var core = running(keeping: true)
        let order = MeetingOrder(
            .out, round: 1, secret: .random(), endpoints: [], listenOn: [.loopbackIPv4])
        _ = core.hears(.again(order), start)
        let next = ConnectionName([UInt8](1..<17))
        _ = core.take(.admitted(next, .out, from: .here), start)
        _ = core.take(.rejoined(login: 1), start)
        let steps = core.hears(.go(.out, next, from: 5), start)
        guard case .resume(next, .out, from: 5)? = steps.first else {
            Issue.record("\(steps)")
            return
        }
    }

    @Test func `a command starts when each of its words has come`() {
        var core = meeting(plan())
        _ = core.hears(.run(RunOrder(wordCount: 2, isStrict: false, credit: 0)), start)
        _ = core.hears(.word([99], isWhole: true), start)
        _ = core.take(.admitted(name, .out, from: .here), start)
        _ = core.hears(.use(.out, name), start)
        let connection = Connection(.out, name, from: .here, own: nil, peer: nil)
        #expect(core.take(.joined(connection), start).isEmpty)
        #expect(core.hears(.word([99], isWhole: true), start).contains { $0.verb == "(start)" })
    }

    @Test(arguments: [false, true], [nil, false, true])
    func `nothing runs in clear that was to be sealed, nor the reverse`(
        isInvited: Bool, isSealed: Bool?
    ) {
        var core = meeting(plan(), sealing: isInvited ? .chacha20Poly1305 : nil)
        var order = RunOrder(wordCount: 1, isStrict: false, credit: 0)
        if let isSealed {
            order.relay = RelayOrder()
            order.relay?.isSealed = isSealed
        }
        _ = core.hears(.run(order), start)
        #expect((core.ending == nil) == (isInvited == (isSealed ?? false)))
    }

    @Test func `a cipher that this end did not name is refused`() {
        let core = meeting(plan(), sealing: .aes128GCM, ciphers: [.chacha20Poly1305])
        #expect(core.ending == .exit(125))
    }

    @Test func `a sealed flow has relays that seal, at both of its ends`() {
        var core = meeting(plan(), sealing: .chacha20Poly1305)
        var order = RunOrder(wordCount: 1, isStrict: false, credit: 0)
        order.relay = RelayOrder()
        order.relay?.isSealed = true
        order.relay?.isForReaders = true
        _ = core.hears(.run(order), start)
        #expect(core.ending == .exit(125))
    }

    @Test func `an end that cannot give its sockets what they must have says so, and calls nobody`()
    {
        var core = meeting(plan())
        var places = ListeningPlaces(.random(), [])
        places.obstacle = .buffer(.receive, wanted: 2, limit: 1)
        let steps = core.take(.listening(places), start)
        #expect(steps.map { $0.verb }.contains("failed"))
        #expect(!steps.contains { if case .call = $0 { true } else { false } })
        #expect(core.ending == .exit(125))
    }

    @Test func `a meeting that nobody ends is over ten seconds after the other end's limit`() {
        var core = meeting(plan())
        #expect(advance(&core, start + .milliseconds(10_999)).isEmpty)
        #expect(core.ending == nil)
        _ = advance(&core, start + .seconds(11))
        #expect(core.ending == .exit(OwnStatus.deadline))
    }

    @Test func `a command that runs is bounded by no meeting's limit`() {
        var core = running()
        for seconds: Int64 in [1, 11, 12, 60, 3600] {
            _ = core.hears(.alive(after: 0), start + .seconds(seconds))
            _ = advance(&core, start + .seconds(seconds))
            #expect(core.isRunning, "\(seconds) s")
        }
    }

    @Test func `a lost end is left soon, however often it is seen to be lost`() {
        var core = running()
        var now = start + .seconds(1)
        let limit = now + .milliseconds(100)
        while now < limit {
            _ = core.take(.channelEnded(login: nil, saying: nil), now)
            #expect(advance(&core, now).allSatisfy { !isParting($0) })
            #expect(core.deadline(SeenView(), now) <= limit)
            now = now + .milliseconds(9)
        }
        _ = core.take(.channelEnded(login: nil, saying: nil), limit)
        let steps = advance(&core, limit)
        #expect(steps.contains { isParting($0) })
        #expect(core.ending == .exit(OwnStatus.lost))
    }

    @Test func `why an end leaves is what it saw first, whatever comes until it parts`() {
        let later = start + .milliseconds(1)
        var told = running()
        _ = told.take(.signalled(15), start)
        _ = told.take(.channelEnded(login: nil, saying: nil), later)
        #expect(told.hears(.cancel, later).contains { isParting($0) })
        #expect(told.ending == .signal(15))
        var lost = running()
        _ = lost.take(.channelEnded(login: nil, saying: nil), start)
        _ = lost.take(.signalled(15), later)
        #expect(lost.take(.exhausted(.outOfMemory), later).contains { isParting($0) })
        #expect(lost.ending == .exit(OwnStatus.lost))
    }

    @Test func `each flow's counts are told once, and the end behind them all`() {
        var core = running()
        let facts = FlowFacts(.left, byteCount: 3)
        var command = Command(role: .remote, words: [], pid: 1, started: start)
        var view = SeenView()
        (view.flows, view.commands) = ([(.out, facts)], [command])
        #expect(verbs(core.advance(view, start)) == ["broken", "counts"])
        #expect(core.advance(view, start).isEmpty)
        command.status = .exited(0)
        (view.commands, view.homeIsOver) = ([command], false)
        #expect(core.advance(view, start).isEmpty)
        view.homeIsOver = true
        #expect(verbs(core.advance(view, start)) == ["alive", "ended"])
        #expect(core.advance(view, start).isEmpty)
    }

    private func advance(_ core: inout ThereCore, _ now: Instant) -> [SessionStep] {
        core.advance(SeenView(), now)
    }

    private func isParting(_ step: SessionStep) -> Bool { step.verb == "(part)" }

    private func verbs(_ steps: [SessionStep]) -> [String] { steps.map(\.verb) }
}

extension ThereCore {
    fileprivate mutating func hears(_ message: ControlMessage, _ now: Instant) -> [SessionStep] {
        take(.line(message.line), now)
    }
}
