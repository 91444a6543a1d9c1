import LinuxSystem
import Plumbing
import Testing

@Suite struct TerminationTests {
    /// What is to be seen of a termination at a moment, in milliseconds from its start.
    private struct Look: Equatable {
        var at: Int64
        var advanced: Bool
        var stage: Termination.Stage
        var deadline: Int64?

        init(_ at: Int64, _ advanced: Bool, _ stage: Termination.Stage, until deadline: Int64?) {
            self.at = at
            self.advanced = advanced
            self.stage = stage
            self.deadline = deadline
        }
    }

    private let start = Instant(nanoseconds: 1_000_000_000)

    private func looks(_ termination: inout Termination, at moments: [Int64]) -> [Look] {
        moments.map { moment in
            let advanced = termination.advance(start + .milliseconds(moment))
            let deadline = termination.deadline.map { ($0 - start).milliseconds }
            return Look(moment, advanced, termination.stage, until: deadline)
        }
    }

    @Test func `commands are asked, killed after 2 s, and given up after 5 s more`() {
        var termination = Termination(now: start)
        let seen = looks(&termination, at: [0, 1_999, 2_000, 6_999, 7_000, 999_999])
        let wanted = [
            Look(0, false, .asked, until: 2_000), Look(1_999, false, .asked, until: 2_000),
            Look(2_000, true, .killed, until: 7_000), Look(6_999, false, .killed, until: 7_000),
            Look(7_000, true, .givenUp, until: nil), Look(999_999, false, .givenUp, until: nil),
        ]
        #expect(seen == wanted)
    }

    @Test func `each stage has its signal`() {
        var termination = Termination(now: start)
        #expect(termination.signal == Signal.terminate)
        _ = looks(&termination, at: [2_000])
        #expect(termination.signal == Signal.kill)
        _ = looks(&termination, at: [7_000])
        #expect(termination.signal == nil)
    }

    @Test func `an urgent one begins with the kill`() {
        var termination = Termination(now: start, isUrgent: true)
        #expect(termination.signal == Signal.kill)
        let seen = looks(&termination, at: [4_999, 5_000])
        let wanted = [
            Look(4_999, false, .killed, until: 5_000), Look(5_000, true, .givenUp, until: nil),
        ]
        #expect(seen == wanted)
    }

    @Test func `hurry kills at once, and prolongs nothing`() {
        var termination = Termination(now: start)
        termination.hurry(start + .seconds(1))
        #expect(termination.stage == .killed)
        #expect(termination.deadline == start + .seconds(6))
        termination.hurry(start + .seconds(4))
        #expect(termination.deadline == start + .seconds(6))
        _ = looks(&termination, at: [6_000])
        termination.hurry(start + .seconds(7))
        #expect(termination.stage == .givenUp)
    }

    @Test func `a long sleep skips no stage`() {
        // Commands that were stopped with us must get their KILL, and time to take it.
        var termination = Termination(now: start)
        let seen = looks(&termination, at: [3_600_000, 3_604_999, 3_605_000])
        let wanted = [
            Look(3_600_000, true, .killed, until: 3_605_000),
            Look(3_604_999, false, .killed, until: 3_605_000),
            Look(3_605_000, true, .givenUp, until: nil),
        ]
        #expect(seen == wanted)
    }

    @Test func `an urgent ending knows that it is urgent`() {
        var termination = Termination(now: start)
        #expect(!termination.isUrgent)
        termination.hurry(start + .seconds(1))
        #expect(termination.isUrgent)
        #expect(Termination(now: start, isUrgent: termination.isUrgent).signal == Signal.kill)
    }
}
