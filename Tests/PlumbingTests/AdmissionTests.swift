import Testing

@testable import Plumbing

@Suite struct AdmissionTests {
    @Test(arguments: Flow.allCases, [End.here, .there])
    func `a caller with the secret is admitted, for its flow and by its name`(
        flow: Flow, end: End
    ) throws {
        var admitting = Admitting(flow, from: end)
        #expect(!admitting.listener.isPromoted)
        let reply = try admitting.reply()
        #expect(admitting.listener.isPromoted)
        let closing = try #require(admitting.caller.closing(after: reply))
        let step = admitting.listener.receive(closing)
        #expect(step == .admitted)
        #expect(admitting.listener.flow == flow)
        #expect(admitting.listener.name == admitting.caller.name)
    }

    @Test func `the messages are as long as the flow's counters assume`() throws {
        var admitting = Admitting()
        let reply = try admitting.reply()
        let closing = try #require(admitting.caller.closing(after: reply))
        #expect(admitting.caller.opening.count + closing.count == Admission.callerByteCount)
        #expect(reply.count == Admission.listenerByteCount)
    }

    @Test func `a caller that comes in any pieces is admitted, and never asked for too much`()
        throws
    {
        var random = SeededGenerator(seed: 8)
        for round in 0..<50 {
            var admitting = Admitting()
            var toSend = admitting.caller.opening
            var steps: [ListenerAdmission.Step] = []
            while !toSend.isEmpty {
                let needed = admitting.listener.needed
                #expect(needed == toSend.count, "not one byte of the flow may be asked for")
                let count = round == 0 ? 1 : Int.random(in: 1...needed, using: &random)
                let step = admitting.listener.receive([UInt8](toSend.prefix(count)))
                toSend.removeFirst(count)
                steps.append(step)
                switch step {
                case .needs(let byteCount): #expect(byteCount == toSend.count)
                case .reply(let reply):
                    #expect(toSend.isEmpty)
                    toSend = try #require(admitting.caller.closing(after: reply))
                case .admitted: #expect(toSend.isEmpty)
                case .refused: Issue.record("refused after \(steps.count) steps")
                }
            }
            #expect(steps.last == .admitted)
        }
    }

    @Test func `a listener that was not called yet needs exactly an opening`() {
        let admitting = Admitting()
        #expect(admitting.listener.needed == admitting.caller.opening.count)
        #expect(admitting.listener.flow == nil)
        #expect(admitting.listener.name == nil)
    }

    @Test func `two callers of one session have different names and proofs`() {
        let secret = Secret.random()
        let (first, second) = (Admitting(secret: secret), Admitting(secret: secret))
        #expect(first.caller.name != second.caller.name)
        #expect(first.caller.opening != second.caller.opening)
    }

    @Test func `each role at each end has a key of its own`() {
        let keys = AdmissionKeys(.random())
        let all = [
            keys.caller(.here), keys.caller(.there), keys.listener(.here), keys.listener(.there),
        ]
        #expect(Set(all).count == 4)
    }
}
