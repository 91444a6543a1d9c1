import Testing

/// Both ends' rules over a scripted network, login and commands: whatever fails and whenever, they
/// come to an end, and call nothing a success that was none.
@Suite struct SessionSimulationTests {
    /// What became of many sessions.
    private struct Tally {
        var turns = 0
        var successes: [ScriptedSession.Fault: Int] = [:]
        var failures: [ScriptedSession.Fault: Int] = [:]
        /// Sessions with such a loss that did not end well.
        var losses: [Losses.Kind: Int] = [:]
        /// How often sessions that ended well had logged in again.
        var relogins = 0
    }

    private func run(_ seed: UInt64, _ tally: inout Tally) async {
        // Each takes a while, and other tests wait for their turn.
        await Task.yield()
        let session = ScriptedSession(seed: seed)
        session.run()
        tally.turns += session.turnCount
        if session.here.core.outcome?.isSuccess == true {
            tally.successes[session.fault, default: 0] += 1
            tally.relogins += session.here.core.reconnects.count { $0.cut.flow == nil }
        } else {
            tally.failures[session.fault, default: 0] += 1
            for kind in Set(session.losses.script.map { $0.kind }) {
                tally.losses[kind, default: 0] += 1
            }
        }
        if !session.violations.isEmpty { tell(seed) }
    }

    /// Tells all that happens with a seed.
    private func tell(_ seed: UInt64, losing loss: ScriptedSession.Loss? = nil) {
        let session = ScriptedSession(seed: seed, isTraced: true, losing: loss)
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
        6_000_473 as UInt64,
        // The loop did not sleep while the login was lost.
        500, 91,
        // A lost FIN was told as a wrong count.
        5_000_129, 7_000_124,
        // A connection that was gone before its turn ended the session.
        1_000_400,
        // A meeting outlived the flow that it was for.
        98, 135,
        // A login died as the flow was to go on through it.
        4_000_201, 7_000_237,
        // A reader lost what its kernel had acknowledged.
        3_000_266,
    ])
    func `what failed once holds`(_ seed: UInt64) async {
        var tally = Tally()
        await run(seed, &tally)
        #expect(tally.turns > 0)
    }

    @Test(arguments: [0..<4, 4..<8] as [Range<UInt64>])
    func `whatever fails, both ends come to an end and no success is false`(
        _ millions: Range<UInt64>
    ) async {
        var tally = Tally()
        for million in millions {
            for number in 0..<450 as Range<UInt64> {
                await run(million * 1_000_000 + number, &tally)
            }
        }
        #expect(tally.turns > 400_000)
        for fault in ScriptedSession.Fault.allCases {
            #expect(fault.isHarmless || tally.failures[fault, default: 0] > 0, "\(fault)")
            #expect(fault.isFatal || tally.successes[fault, default: 0] > 0, "\(fault)")
        }
        #expect(tally.losses.count > 9 && tally.losses[.refusalForGood, default: 0] > 0)
        #expect(tally.relogins > 9)
    }

    static let losses =
        Losses.Kind.allCases.map { ScriptedSession.Loss.connection($0) }
        + LoginLosses.Kind.allCases.map { ScriptedSession.Loss.login($0) }

    @Test(arguments: losses)
    func `sessions go on after each loss`(_ loss: ScriptedSession.Loss) async {
        var survivalCount = 0
        for seed in 0..<40 as Range<UInt64> {
            await Task.yield()
            let session = ScriptedSession(seed: seed, losing: loss)
            session.run()
            if !session.violations.isEmpty { tell(seed, losing: loss) }
            let isSuccess = session.here.core.outcome?.isSuccess == true
            if isSuccess, !session.here.core.reconnects.isEmpty { survivalCount += 1 }
        }
        switch loss {
        // What went through the login did not need another connection.
        case .connection(.refusalForGood): #expect(survivalCount < 36)
        case .connection(.end): #expect(survivalCount > 0)
        default: #expect(survivalCount > 3)
        }
    }
}
