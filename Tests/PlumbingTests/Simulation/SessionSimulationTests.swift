import Testing

/// Both ends' rules over a scripted network, login and commands: whatever fails and whenever, they
/// come to an end, and call nothing a success that was none.
@Suite struct SessionSimulationTests {
    /// What became of many sessions.
    private struct Tally {
        var turns = 0
        var successes: [ScriptedSession.Fault: Int] = [:]
        var failures: [ScriptedSession.Fault: Int] = [:]
    }

    private func run(_ seed: UInt64, _ tally: inout Tally) {
        let session = ScriptedSession(seed: seed)
        session.run()
        tally.turns += session.turnCount
        if session.here.core.outcome?.isSuccess == true {
            tally.successes[session.fault, default: 0] += 1
        } else {
            tally.failures[session.fault, default: 0] += 1
        }
        if !session.violations.isEmpty { tell(seed) }
    }

    /// Tells all that happens with a seed.
    private func tell(_ seed: UInt64) {
        let session = ScriptedSession(seed: seed, isTraced: true)
        session.run()
        Issue.record(
            """
            seed \(seed), \(session.fault), \(session.plan.flows), \
            \(session.violations.joined(separator: "; ")):
            \(session.story.joined(separator: "\n"))
            """)
    }

    @Test(arguments: [
        // A lost piece of a word made another command of it.
        6_000_473 as UInt64
    ])
    func `what failed once holds`(_ seed: UInt64) {
        var tally = Tally()
        run(seed, &tally)
        #expect(tally.turns > 0)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `whatever fails, both ends come to an end and no success is false`(_ part: UInt64) {
        var tally = Tally()
        for number in 0..<600 { run(part * 1_000_000 + UInt64(number), &tally) }
        #expect(tally.turns > 100_000)
        for fault in ScriptedSession.Fault.allCases {
            #expect(fault.isHarmless || tally.failures[fault, default: 0] > 0, "\(fault)")
            #expect(fault.isFatal || tally.successes[fault, default: 0] > 0, "\(fault)")
        }
    }
}
