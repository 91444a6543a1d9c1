import LinuxSystem
import Plumbing
import Testing

/// Every engine over the same scripted kernel: sizes, pauses, ends, errors and refusals by seed.
@Suite struct EnginesTests {
    private static let caseCount: UInt64 = 10_000

    @Test(arguments: ScriptedRun.Engine.allCases)
    func `every engine brings each of 10,000 cases to the same end`(engine: ScriptedRun.Engine) {
        var (failureCount, fallBackCount) = (0, 0)
        for seed in 0..<EnginesTests.caseCount {
            let script = ScriptedCase(seed: seed)
            var run = ScriptedRun(engine, script)
            let ending = run.run()
            if run.hasFallenBack { fallBackCount += 1 }
            guard ending != script.expected || run.complaint != nil else { continue }
            failureCount += 1
            guard failureCount <= 3 else { continue }
            Issue.record("seed \(seed): \(run.complaint ?? ""); \(ending), not \(script.expected)")
        }
        #expect(failureCount == 0)
        let canRefuse = engine != .copy && engine != .sealed
        if canRefuse { #expect(fallBackCount > 1_000, "refusals are among the cases") }
    }
}
