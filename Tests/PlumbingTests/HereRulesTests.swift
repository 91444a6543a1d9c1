import LinuxSystem
import Plumbing
import Testing

/// What the end here takes of the other one, and what it waits for.
@Suite struct HereRulesTests {
    private let start = Instant(nanoseconds: 1_000_000_000)
    private let names = [ConnectionName([UInt8](0..<16)), ConnectionName([UInt8](16..<32))]

    private func plan(_ flows: [Flow]) -> Plan {
        var plan = Plan(login: [Word("env")], remote: [Word("cat")])
        if flows.contains(.out) { plan.producer = .command([Word("echo")]) }
        if flows.contains(.back) { plan.consumer = .command([Word("cat")]) }
        return plan
    }

    private var hello: Hello {
        Hello(
            protocols: Version.protocols, programVersion: "1", kernel: "6", ssh: nil,
            addresses: [.loopbackIPv4], networkIdentity: "")
    }

    /// An end that has invited the other one.
    private func meeting(_ flows: [Flow]) throws -> HereRules {
        let plan = plan(flows)
        var rules = HereRules(plan, hasTerminal: false, now: start)
        _ = try rules.receive(.hello(hello), start)
        let invitation = Invitation(
            protocolVersion: 1, secret: .random(), endpoints: [], listenOn: [.loopbackIPv4],
            plan: plan)
        _ = rules.invited(by: invitation, refusal: nil)
        return rules
    }

    private func running(_ flows: [Flow]) throws -> HereRules {
        var rules = try meeting(flows)
        for (name, flow) in zip(names, flows) { _ = rules.admit(name, flow, from: .there, start) }
        _ = try rules.receive(.started(pid: 1), start)
        #expect(rules.phase == .running)
        return rules
    }

    private func facts(_ flow: Flow) -> FlowFacts { FlowFacts(.finished, byteCount: 5) }

    private func ended(_ role: Role) -> Command {
        var command = Command(role: role, words: [Word("a")], pid: 1, started: start)
        command.status = .exited(0)
        return command
    }

    private func isUnexpected(_ verb: String, _ work: () throws -> Void) {
        #expect(throws: ControlError.unexpected(verb: verb), performing: work)
    }

    @Test func `a flow is counted once, so that each must be`() throws {
        var rules = try running([.out, .back])
        _ = try rules.receive(.counts(.out, facts(.out)), start)
        isUnexpected("counts") { _ = try rules.receive(.counts(.out, facts(.out)), start) }
        _ = try rules.receive(.ended(.exited(0), wasIntact: true), start)
        isUnexpected("ended") {
            _ = try rules.receive(.ended(.exited(0), wasIntact: true), start)
        }
        let flows: [(flow: Flow, facts: FlowFacts?)] = [(.out, facts(.out)), (.back, facts(.back))]
        let commands = [ended(.producer), ended(.consumer)]
        #expect(rules.decide(commands, flows, isSilent: true).isEmpty)
        _ = try rules.receive(.counts(.back, facts(.back)), start)
        #expect(!rules.decide(commands, flows, isSilent: true).isEmpty)
    }

    @Test(arguments: [
        FlowFacts.Ending.finished, .departed, .untouched, .left, .reset, .unknown, .broken,
        .miscounted,
    ])
    func `only a flow that ended well there is looked at as one`(ending: FlowFacts.Ending) throws {
        var rules = try running([.out])
        let facts = FlowFacts(ending, byteCount: 5)
        let steps = try rules.receive(.counts(.out, facts), start)
        switch steps.first {
        case .look(.out): #expect(ending == .finished)
        case .peerBroke(.out): #expect(ending != .finished)
        default: Issue.record("\(steps)")
        }
        #expect(steps.count == 1)
    }

    @Test func `the verdict waits for all that is to be written`() throws {
        var rules = try running([.out])
        _ = try rules.receive(.counts(.out, facts(.out)), start)
        _ = try rules.receive(.ended(.exited(0), wasIntact: true), start)
        let flows: [(flow: Flow, facts: FlowFacts?)] = [(.out, facts(.out))]
        #expect(rules.decide([ended(.producer)], flows, isSilent: false).isEmpty)
        #expect(rules.decide([ended(.producer)], [(.out, nil)], isSilent: true).isEmpty)
        let running = Command(role: .producer, words: [Word("a")], pid: 1, started: start)
        #expect(rules.decide([running], flows, isSilent: true).isEmpty)
        #expect(!rules.decide([ended(.producer)], flows, isSilent: true).isEmpty)
    }

    @Test func `where the other end listens is said once, and after it was asked`() throws {
        var early = HereRules(plan([.out]), hasTerminal: false, now: start)
        isUnexpected("listening") {
            _ = try early.receive(.listening([], refusal: .addressInUse), start)
        }
        var rules = try meeting([.out])
        _ = try rules.receive(.listening([], refusal: .addressInUse), start)
        isUnexpected("listening") {
            _ = try rules.receive(.listening([], refusal: .addressInUse), start)
        }
        // The other end's call may come before its word.
        var late = try running([.out])
        _ = try late.receive(.listening([], refusal: nil), start)
    }

    @Test func `output comes home only of a command that runs and has no other`() throws {
        var rules = try meeting([.out])
        isUnexpected("output") { _ = try rules.receive(.output(byteCount: 1), start) }
        rules = try running([.out])
        _ = try rules.receive(.output(byteCount: 1), start)
        rules = try running([.back])
        isUnexpected("output") { _ = try rules.receive(.output(byteCount: 1), start) }
    }
}
