import LinuxSystem
import Plumbing
import Testing

/// What the end there does of itself, and when.
@Suite struct ThereRulesTests {
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
    private func meeting(_ plan: Plan) throws -> ThereRules {
        var rules = ThereRules(now: start)
        let invitation = Invitation(
            protocolVersion: 1, secret: .random(), endpoints: [], listenOn: [.loopbackIPv4],
            plan: plan)
        _ = try rules.receive(.invite(invitation), start)
        return rules
    }

    /// An end whose command runs.
    private func running() throws -> ThereRules {
        var rules = try meeting(plan())
        _ = try rules.receive(.run(RunOrder(wordCount: 1, isStrict: false, credit: 0)), start)
        _ = try rules.receive(.word([99], isWhole: true), start)
        _ = rules.admit(name, .out)
        let steps = try rules.receive(.use(.out, name), start)
        let starts = steps.contains { if case .start = $0 { true } else { false } }
        #expect(starts && rules.isRunning)
        return rules
    }

    @Test func `a meeting that nobody ends is over ten seconds after the other end's limit`() throws
    {
        var rules = try meeting(plan())
        #expect(advance(&rules, start + .milliseconds(10_999)).isEmpty)
        #expect(rules.ending == nil)
        _ = advance(&rules, start + .seconds(11))
        #expect(rules.ending == .exit(OwnStatus.deadline))
    }

    @Test func `a command that runs is bounded by no meeting's limit`() throws {
        var rules = try running()
        for seconds: Int64 in [1, 11, 12, 60, 3600] {
            rules.heard()
            _ = advance(&rules, start + .seconds(seconds))
            #expect(rules.isRunning, "\(seconds) s")
        }
    }

    @Test func `a lost end is left soon, however often it is seen to be lost`() throws {
        var rules = try running()
        var now = start + .seconds(1)
        let limit = now + .milliseconds(100)
        while now < limit {
            _ = rules.channelEnded(now)
            #expect(advance(&rules, now).allSatisfy { !isParting($0) })
            #expect(rules.deadline <= limit)
            now = now + .milliseconds(9)
        }
        _ = rules.channelEnded(limit)
        let steps = advance(&rules, limit)
        #expect(steps.contains { isParting($0) })
        #expect(rules.ending == .exit(OwnStatus.lost))
    }

    @Test func `why an end leaves is what it saw first, whatever comes until it parts`() throws {
        let later = start + .milliseconds(1)
        var told = try running()
        _ = told.signalled(15, start)
        _ = told.channelEnded(later)
        #expect(try told.receive(.cancel, later).contains { isParting($0) })
        #expect(told.ending == .signal(15))
        var lost = try running()
        _ = lost.channelEnded(start)
        _ = lost.signalled(15, later)
        #expect(lost.fail(.stall).contains { isParting($0) })
        #expect(lost.ending == .exit(OwnStatus.lost))
    }

    @Test func `each flow's counts are told once, and the end behind them all`() throws {
        var rules = try running()
        let facts = FlowFacts(.left, byteCount: 3)
        var command = Command(role: .remote, words: [], pid: 1, started: start)
        let first = rules.tell([(.out, facts)], command, isSilent: true)
        #expect(verbs(first) == ["broken", "counts"])
        #expect(rules.tell([(.out, facts)], command, isSilent: true).isEmpty)
        command.status = .exited(0)
        #expect(rules.tell([(.out, facts)], command, isSilent: false).isEmpty)
        #expect(verbs(rules.tell([(.out, facts)], command, isSilent: true)) == ["alive", "ended"])
        #expect(rules.tell([(.out, facts)], command, isSilent: true).isEmpty)
    }

    private func advance(_ rules: inout ThereRules, _ now: Instant) -> [ThereRules.Step] {
        rules.advance(
            now, seesLife: { _ in true }, deadFlow: { _ in nil }, pathHint: { nil })
    }

    private func isParting(_ step: ThereRules.Step) -> Bool {
        if case .part = step { true } else { false }
    }

    private func verbs(_ steps: [ThereRules.Step]) -> [String] {
        steps.map {
            switch $0 {
            case .send(let message): message.line.verb
            case .sendHeartbeat: "alive"
            default: "?"
            }
        }
    }
}
