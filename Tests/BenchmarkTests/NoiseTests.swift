import Foundation
import Testing

@testable import socketpipe_bench

/// What the benchmark suite calls noise, and what it does not.
@Suite struct NoiseTests {
    private let few = [0.8, 0.9, 1.0, 1.1, 1.2]

    @Test func `an interval holds the median, within the range, and narrows with more rounds`()
        throws
    {
        let wide = try #require(few.medianInterval)
        #expect(wide.contains(1) && wide.lowerBound >= 0.8 && wide.upperBound <= 1.2)
        let rounds = (0..<12).flatMap { _ in few }
        let narrow = try #require(rounds.medianInterval)
        #expect(narrow.contains(1))
        #expect(narrow.upperBound - narrow.lowerBound < 0.8 * (wide.upperBound - wide.lowerBound))
        #expect(narrow == rounds.medianInterval, "the same in every run")
    }

    @Test func `one round has no interval`() {
        #expect([1.0].medianInterval == nil)
        #expect([1.0].medianRatioInterval(to: few) == nil)
        #expect(few.medianRatioInterval(to: []) == nil)
    }

    @Test(arguments: [(1.1, false), (2.0, true), (0.4, true)])
    func `only a change beyond the noise leaves 1 outside its interval`(
        factor: Double, isBeyond: Bool
    ) throws {
        let changed = few.map { $0 * factor }
        let interval = try #require(changed.medianRatioInterval(to: few))
        #expect(interval.contains(1) != isBeyond)
        #expect(interval.contains(factor))
    }

    @Test(arguments: [(1194.0, true), (1100, false)])
    func `a link bounds the ratio that is asked`(rate: Double, holds: Bool) throws {
        var results = Results()
        results.add(try figures(rate), of: "hand-off")
        results.add(try figures(434), of: "ssh")
        let unbounded = Criterion.ratio("hand-off", to: "ssh", .atLeast(3.5))
        let bounded = Criterion.ratio("hand-off", to: "ssh", .atLeast(3.5), link: 1175)
        let value = try #require(bounded.value(in: results))
        #expect(bounded.holds(value, in: results) == holds)
        #expect(!unbounded.holds(value, in: results))
        #expect(bounded.sentence.contains("or the 1175 MB/s of the link"))
    }

    private func figures(_ rate: Double) throws -> Figures {
        let json = """
            {"whole": {"seconds": 1, "machine": 1, "switches": 0}, "megabytesPerSecond": \(rate)}
            """
        return try JSONDecoder().decode(Figures.self, from: Data(json.utf8))
    }
}
