import Testing

@testable import socketpipe_bench

/// What the scenarios say of each other and of the contenders, by names that no compiler checks.
@Suite struct ScenarioTests {
    @Test(arguments: Scenario.all.map(\.name))
    func `a scenario names contenders that exist, and asks something of those that run`(
        name: String
    ) throws {
        let scenario = try #require(Scenario.all.first { $0.name == name })
        let known = Set(Contender.all.map(\.name))
        #expect(scenario.contenders.filter { !known.contains($0) } == [])
        let asked = scenario.criteria.flatMap {
            [$0.contender, $0.comparison.other].compactMap(\.self)
        }
        #expect(asked.filter { !scenario.contenders.contains($0) } == [])
    }

    @Test func `every name means one scenario, or one family`() {
        let names = Scenario.all.map(\.name)
        let families = Set(Scenario.all.compactMap(\.family))
        #expect(Set(names).count == names.count)
        #expect(families.isDisjoint(with: names))
        #expect(Scenario.all.filter { $0.isNamed("encrypt") }.count == 2)
    }

    @Test func `in small every contender of a family takes part once, in a run of few bytes`()
        throws
    {
        let family = Scenario.all.filter { $0.isNamed("encrypt") }
        let small = Effort.quick.scenarios(of: family)
        #expect(small.count == 2)
        #expect(small[0].contenders == family[0].contenders)
        #expect(small[1].contenders == ["hand-off"])
        let exercise = Effort.quick.exercise(small[0].exercise, byteCount: nil)
        #expect(exercise.byteCount < 10_000_000)
    }
}

extension Criterion.Comparison {
    fileprivate var other: String? {
        switch self {
        case .alone: nil
        case .ratio(let other), .difference(let other): other
        }
    }
}
