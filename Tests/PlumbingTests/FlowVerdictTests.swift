import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct FlowVerdictTests {
    private static let endings: [FlowFacts.Ending] = [
        .finished, .departed, .untouched, .left, .reset, .broken,
    ]

    private func verdict(
        _ sender: FlowFacts.Ending, _ sent: Int64, _ receiver: FlowFacts.Ending, _ received: Int64,
        unread: Int64 = 0, isBridged: Bool = false
    ) -> FlowVerdict {
        var facts = FlowFacts(receiver, byteCount: received)
        facts.unread = unread
        return FlowVerdict(
            .out, sender: FlowFacts(sender, byteCount: sent), receiver: facts, isBridged: isBridged)
    }

    @Test func `of all pairs of endings six can be complete`() {
        var complete: [String] = []
        for sender in FlowVerdictTests.endings {
            for receiver in FlowVerdictTests.endings
            where verdict(sender, 9, receiver, 9).isComplete {
                complete.append("\(sender) \(receiver)")
            }
        }
        let wanted = [
            "finished finished", "finished departed", "finished reset", "untouched finished",
            "untouched departed", "untouched reset",
        ]
        #expect(complete == wanted)
    }

    @Test func `through the login only the reader's own kernel knows of the end`() {
        #expect(!verdict(.finished, 9, .reset, 9, isBridged: true).isComplete)
        #expect(verdict(.finished, 9, .finished, 9, isBridged: true).isComplete)
    }

    @Test(arguments: [FlowFacts.Ending.finished, .left, .reset], [true, false])
    func `bytes that a connection counted and nothing moved were not read`(
        ending: FlowFacts.Ending, isClosed: Bool
    ) {
        func counted(_ byteCount: Int64, seen: Int64) -> FlowFacts {
            var facts = FlowFacts(ending, byteCount: byteCount)
            facts.unread = 2
            facts.account(for: seen, isClosed: isClosed)
            return facts
        }
        let same = counted(9, seen: 9)
        #expect((same.byteCount, same.unread) == (9, 2))
        #expect(same.ending == ending)
        // A closed connection may count its FIN.
        let one = counted(9, seen: 8)
        #expect((one.byteCount, one.unread) == (isClosed ? (8, 2) : (9, 3)))
        let some = counted(9, seen: 5)
        #expect((some.byteCount, some.unread) == (9, 6))
        #expect(some.ending == ending)
        // Bytes come on after a look, but not after the end.
        #expect(counted(9, seen: 10).ending == (ending == .finished ? .miscounted : ending))
    }

    @Test(arguments: [0, 1, 1 << 31, 1 << 62, Int64.max - 1])
    func `one byte more or less at either end is not complete`(count: Int64) {
        #expect(verdict(.finished, count, .finished, count).isComplete)
        #expect(!verdict(.finished, count + 1, .finished, count).isComplete)
        #expect(!verdict(.finished, count, .finished, count + 1).isComplete)
        #expect(!verdict(.finished, count, .finished, count, unread: 1).isComplete)
    }

    @Test func `padding was read, and is no reason for doubt`() {
        var facts = FlowFacts(.finished, byteCount: 20_480)
        facts.padding = 10_240
        let sender = FlowFacts(.finished, byteCount: 20_480)
        #expect(FlowVerdict(.back, sender: sender, receiver: facts).isComplete)
    }

    @Test func `a reader left early if it left bytes, or more were written after it went`() {
        #expect(verdict(.reset, 9, .left, 9).wasLeftEarly)
        #expect(verdict(.reset, 10, .departed, 9).wasLeftEarly)
        #expect(!verdict(.untouched, 9, .departed, 9).wasLeftEarly)
        #expect(!verdict(.finished, 9, .finished, 9).wasLeftEarly)
        #expect(!verdict(.reset, 9, .reset, 9).wasLeftEarly)
    }

    @Test func `a flow is never both complete and left early`() {
        for sender in FlowVerdictTests.endings {
            for receiver in FlowVerdictTests.endings {
                for (sent, received, unread) in [(9, 9, 0), (9, 8, 0), (9, 9, 1)]
                    as [(Int64, Int64, Int64)]
                {
                    let flow = verdict(sender, sent, receiver, received, unread: unread)
                    #expect(!(flow.isComplete && flow.wasLeftEarly))
                }
            }
        }
    }
}
