import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct VerdictTests: VerdictScene {
    @Test func `every command's 0 and every flow complete is success`() {
        let flows = [flow(.out), flow(.back, .untouched, 5, .departed, 5)]
        let outcome = Verdict.decide(success, flows, allowsEarlyExit: false)
        #expect(outcome.isSuccess)
        #expect(outcome.name == "complete")
        #expect(outcome.sentence.contains("14 bytes"))
    }

    @Test func `of several causes producer, remote, consumer comes first`() {
        for failing in 1..<8 {
            let roles: [(Role, CInt)] = [(.producer, 3), (.remote, 4), (.consumer, 5)]
            let commands = roles.enumerated().map { index, role in
                command(role.0, .exited(failing >> index & 1 == 1 ? role.1 : 0))
            }
            let wanted = roles[failing.trailingZeroBitCount].1
            // However the commands are listed, and whatever the flows say.
            #expect(status(commands, [flow(.out), flow(.back)]) == wanted)
            #expect(status(commands.reversed(), [flow(.out, .reset, 1, .reset, 0)]) == wanted)
        }
    }

    @Test func `a command that ended after its flow was broken is no cause`() {
        let left = [flow(.out, .reset, 9, .left, 9)]
        let commands = [
            command(.producer, .killed(signal: 13), intact: false), command(.remote, .exited(4)),
        ]
        #expect(status(commands, left) == 4)
        #expect(status([commands[0], command(.remote, .exited(0))], left) == 121)
    }

    @Test(
        arguments: [
            (.killed(signal: 9), 137), (.killed(signal: 15), 143), (.exited(1), 1),
            (.exited(137), 137), (.exited(255), 255), (.exited(121), 121),
        ] as [(ExitStatus, CInt)])
    func `a cause's status is told unchanged, a signal as shells do`(
        ended: ExitStatus, wanted: CInt
    ) {
        let outcome = Verdict.decide(
            [command(.producer, ended), command(.remote, .exited(0))],
            [flow(.out, .broken, 9, .reset, 5)], allowsEarlyExit: false)
        #expect(outcome.ending == .exit(wanted))
        #expect(outcome.sentence.contains("producer 'producer-words' (here)"))
        #expect(outcome.sentence.contains("its stream was broken"))
    }

    @Test(arguments: [Flow.out, .back])
    func `a reader that left early is a failure, unless it may`(which: Flow) {
        for early in [
            flow(which, .reset, 9, .left, 9), flow(which, .reset, 9, .departed, 8),
            flow(which, .untouched, 9, .left, 9),
        ] {
            #expect(status(success, [early]) == 121)
            #expect(status(success, [early], allowsEarlyExit: true) == 0)
            let outcome = Verdict.decide(success, [early], allowsEarlyExit: false)
            #expect(
                outcome.sentence.contains(which == .out ? "'remote-words'" : "'consumer-words'"))
            #expect(outcome.hint?.contains("--allow-early-exit") == true)
        }
    }

    @Test func `leaving early excuses the writer's status after that, not the reader's own`() {
        let early = [flow(.out, .reset, 9, .left, 9)]
        let yes = command(.producer, .killed(signal: 13), intact: false)
        #expect(status([yes, command(.remote, .exited(0))], early, allowsEarlyExit: true) == 0)
        #expect(status([yes, command(.remote, .exited(1))], early, allowsEarlyExit: true) == 1)
    }

    @Test(
        arguments: [
            (.reset, 9, .reset, 5), (.broken, 9, .reset, 5), (.reset, 9, .finished, 9),
            (.finished, 9, .reset, 8), (.broken, 9, .finished, 9),
        ] as [(FlowFacts.Ending, Int64, FlowFacts.Ending, Int64)])
    func `a connection that broke before the verdict is 122`(
        sender: FlowFacts.Ending, sent: Int64, receiver: FlowFacts.Ending, received: Int64
    ) {
        let flows = [flow(.out), flow(.back, sender, sent, receiver, received)]
        let outcome = Verdict.decide(success, flows, allowsEarlyExit: false)
        #expect(outcome.ending == .exit(122))
        #expect(outcome.sentence.contains("'back'"))
    }

    @Test(arguments: [(9, 8), (8, 9), (0, 1), (1 << 62, 1 << 62 - 1)] as [(Int64, Int64)])
    func `bytes that do not agree are 121`(sent: Int64, received: Int64) {
        #expect(status(success, [flow(.out, .finished, sent, .finished, received)]) == 121)
    }

    @Test func `unread bytes are 121`() {
        var receiver = FlowFacts(.finished, byteCount: 9)
        receiver.unread = 2
        let unread = FlowVerdict(
            .out, sender: FlowFacts(.finished, byteCount: 9), receiver: receiver)
        #expect(status(success, [unread]) == 121)
    }

    @Test func `leaving one flow early does not excuse what happened to the other`() {
        let early = flow(.out, .reset, 9, .left, 9)
        for (other, wanted) in [
            (flow(.back, .reset, 9, .reset, 5), 122), (flow(.back, .broken, 9, .reset, 5), 122),
            (flow(.back, .finished, 9, .finished, 8), 121),
        ] as [(FlowVerdict, CInt)] {
            #expect(status(success, [early, other], allowsEarlyExit: true) == wanted)
            #expect(status(success, [other, early], allowsEarlyExit: true) == wanted)
        }
        #expect(status(success, [early, flow(.back)], allowsEarlyExit: true) == 0)
    }

    @Test func `leaving one flow early does not excuse a command of the other`() {
        let early = [flow(.out, .reset, 9, .left, 9), flow(.back)]
        let commands = [
            command(.producer, .exited(0)), command(.remote, .exited(0)),
            command(.consumer, .exited(6), intact: false),
        ]
        #expect(status(commands, early, allowsEarlyExit: true) != 0)
    }

    @Test func `a failure that is only a consequence is still a failure`() {
        let commands = [
            command(.producer, .exited(1), intact: false), command(.remote, .exited(0)),
        ]
        let outcome = Verdict.decide(commands, [flow(.out)], allowsEarlyExit: false)
        #expect(outcome.ending == .exit(121))
        #expect(outcome.sentence.contains("producer-words"))
    }

    @Test func `flows near the end of what can be counted are summed without overflow`() async {
        await #expect(processExitsWith: .success) {
            let huge = [Flow.out, .back].map { flow in
                FlowVerdict(
                    flow, sender: FlowFacts(.finished, byteCount: 1 << 62),
                    receiver: FlowFacts(.finished, byteCount: 1 << 62))
            }
            let outcome = Verdict.decide([], huge, allowsEarlyExit: false)
            #expect(outcome.isSuccess)
        }
    }

    @Test func `a connection that ends under a relay is lost, and nothing else`() {
        #expect(Outcome.flowFailed(.back, .connectionReset).ending == .exit(OwnStatus.lost))
        #expect(Outcome.flowFailed(.out, .timedOut).ending == .exit(OwnStatus.lost))
        #expect(Outcome.flowFailed(.out, .outOfMemory).ending == .exit(OwnStatus.ourError))
    }
}
