import LinuxSystem
import Plumbing
import Relaying
import Testing

/// Which ends of which flows relay, and what for.
@Suite struct PlanTests {
    private func plan(_ flows: [Flow], record: Int? = nil, at relaying: Plan.Relaying? = nil)
        -> Plan
    {
        var plan = Plan(login: [Word("env")], remote: [Word("cat")])
        if flows.contains(.out) { plan.producer = .command([Word("echo")]) }
        if flows.contains(.back) { plan.consumer = .command([Word("cat")]) }
        plan.relay.record = record.map { RecordOrder(size: $0) }
        plan.relaying = relaying
        return plan
    }

    @Test func `nothing is relayed unless it must be`() {
        let plan = plan([.out, .back])
        #expect(plan.relayThere == nil)
        #expect(!Flow.allCases.contains { plan.relays($0, at: .here) })
    }

    @Test func `records in the flow out are for the remote command`() {
        let plan = plan([.out], record: 512)
        #expect(plan.relayThere?.record == RecordOrder(size: 512))
        #expect(plan.relayThere?.isForReaders == true)
        #expect(!plan.relays(.out, at: .here))
    }

    @Test(arguments: [[Flow.back], [.out, .back]])
    func `records in the flow back are for the consumer alone`(flows: [Flow]) {
        let plan = plan(flows, record: 512)
        #expect(plan.relays(.back, at: .here))
        #expect(!plan.relays(.out, at: .here))
        #expect(plan.relayThere == nil)
    }

    @Test func `an end that relays in any case makes no records for a filter`() {
        let order = plan([.out, .back], record: 512, at: .there).relayThere
        #expect(order != nil)
        #expect(order?.record == nil)
        #expect(order?.isForReaders == false)
    }
}
