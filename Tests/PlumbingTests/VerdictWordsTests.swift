import LinuxSystem
import Testing

@testable import Plumbing

/// What the verdict says: no more than is known.
@Suite struct VerdictWordsTests: VerdictScene {
    @Test(
        arguments: [
            (.reset, "its stream was broken at both ends"),
            (.broken, "its stream was broken at both ends"),
            (.left, "its stream was broken after its reader had left"),
            (.finished, "the command, or something on the way, had already ended the output"),
            (.unknown, "its stream was broken"),
        ] as [(FlowFacts.Ending, String)])
    func `the verdict on a broken stream says what its reader's end saw`(
        seen: FlowFacts.Ending, words: String
    ) {
        for (role, direction) in [(Role.producer, Flow.out), (.remote, .back)] {
            let outcome = Verdict.decide(
                [command(role, .killed(signal: 9))], [flow(direction, .broken, 9, seen, 9)],
                allowsEarlyExit: false)
            #expect(outcome.ending == .exit(137))
            #expect(outcome.sentence.hasSuffix(words))
        }
    }

    @Test func `bytes to our standard output were delivered, whether read or not`() {
        let remote = [command(.remote, .exited(3))]
        let sentence = Verdict.decide(remote, [flow(.back)], allowsEarlyExit: false).sentence
        #expect(sentence.hasSuffix("its 9 bytes were delivered"))
        let read = Verdict.decide(
            remote + [command(.consumer, .exited(0))], [flow(.back)], allowsEarlyExit: false)
        #expect(read.sentence.hasSuffix("its 9 bytes were delivered and read to the end"))
    }

    @Test func `a producer is not said to have read`() {
        let flows = [flow(.out, .reset, 9, .reset, 4), flow(.back, .finished, 7, .finished, 7)]
        let outcome = Verdict.decide(
            [command(.producer, .exited(3)), command(.remote, .exited(0))], flows,
            allowsEarlyExit: false)
        #expect(outcome.ending == .exit(3))
        #expect(!outcome.sentence.contains("read"))
    }

    @Test func `no count in the verdict exceeds the bytes written, or is negative`() {
        for (sent, received, unread, words) in [
            (9, 4, 1, "it had read 3 of the 9 bytes written"), (4, 9, 0, "it had read 9 bytes"),
            (9, -87, 0, "it had read 0 of the 9 bytes written"),
            (9, 4, .max, "it had read 0 of the 9 bytes written"),
        ] as [(Int64, Int64, Int64, String)] {
            var receiver = FlowFacts(.left, byteCount: received)
            receiver.unread = unread
            let flow = FlowVerdict(
                .out, sender: FlowFacts(.reset, byteCount: sent), receiver: receiver)
            let outcome = Verdict.decide(
                [command(.remote, .exited(4))], [flow], allowsEarlyExit: false)
            #expect(outcome.sentence.hasSuffix(words))
        }
    }

    @Test func `the note on unread zeros names the reader`() {
        var receiver = FlowFacts(.finished, byteCount: 10_240)
        receiver.padding = 9_728
        let flows = [
            FlowVerdict(.out, sender: FlowFacts(.finished, byteCount: 10_240), receiver: receiver),
            flow(.back),
        ]
        let remarks = Verdict.padding(flows, success)
        #expect(remarks.count == 1)
        #expect(remarks[0].hasPrefix("'remote-words' left 9,728 bytes of zeros unread"))
        #expect(Verdict.padding([flow(.out)], success).isEmpty)
    }

    @Test func `a command that failed had not read less than nothing`() {
        var receiver = FlowFacts(.left, byteCount: 7)
        receiver.unread = 1_000
        let flow = FlowVerdict(
            .out, sender: FlowFacts(.reset, byteCount: 2_000), receiver: receiver)
        let outcome = Verdict.decide(
            [command(.remote, .exited(1))], [flow], allowsEarlyExit: false)
        #expect(outcome.sentence.hasSuffix("; it had read 0 of the 2,000 bytes written"))
    }
}
