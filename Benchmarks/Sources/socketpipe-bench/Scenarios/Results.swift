import Fixtures

/// The figures of a scenario's measured runs.
struct Results {
    /// For each contender, its runs in the order of the rounds; nil where one failed.
    private(set) var runs: [String: [Figures?]] = [:]
    /// Whose bytes were compared, and right.
    var verified: Set<String> = []
    /// Why a contender took no further part.
    var failures: [String: String] = [:]

    mutating func add(_ figures: Figures?, of contender: String) {
        runs[contender, default: []].append(figures)
    }

    func values(_ contender: String, _ metric: Metric) -> [Double] {
        (runs[contender] ?? []).compactMap { $0.flatMap(metric.value) }
    }

    func median(_ contender: String, _ metric: Metric) -> Double? {
        values(contender, metric).median
    }

    func medians(_ contenders: [String], _ metric: Metric) -> [String: Double] {
        let pairs = contenders.compactMap { name in median(name, metric).map { (name, $0) } }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// The median of the ratios of neighbours: the machine's slow changes fall out of them.
    func ratio(_ contender: String, to other: String, _ metric: Metric) -> Double? {
        ratios(contender, to: other, metric).median
    }

    func ratios(_ contender: String, to other: String, _ metric: Metric) -> [Double] {
        let pairs = zip(runs[contender] ?? [], runs[other] ?? [])
        return pairs.compactMap { one, two in
            guard let one = one.flatMap(metric.value), let two = two.flatMap(metric.value),
                two != 0
            else { return nil }
            return one / two
        }
    }

    /// The largest share of the machine that others had during a run, its host's other guests too.
    func foreignShare(processors: Int) -> Double {
        let shares = runs.values.joined().compactMap { figures -> Double? in
            // In short runs the ticks of 10 ms say nothing.
            guard let whole = figures?.whole, whole.seconds > 0.5 else { return nil }
            let stolen = whole.stolen ?? 0
            return whole.processes.map {
                (whole.machine - $0 + stolen) / whole.seconds / Double(processors)
            }
        }
        return shares.max() ?? 0
    }
}

extension [Double] {
    /// Where the median lies with 95 %; `nil` of fewer than two values.
    var medianInterval: ClosedRange<Double>? {
        count < 2 ? nil : bootstrap { chance in redrawn(&chance).median! }
    }

    /// Where the ratio of this median to another lies with 95 %; `nil` of fewer than two values.
    func medianRatioInterval(to others: [Double]) -> ClosedRange<Double>? {
        guard count > 1, others.count > 1 else { return nil }
        return bootstrap { redrawn(&$0).median! / others.redrawn(&$0).median! }
    }

    /// As many of these values, each drawn from all of them.
    private func redrawn(_ chance: inout SeededGenerator) -> [Double] {
        map { _ in self[chance.below(count)] }
    }

    /// The middle one, or the mean of the middle two; nil if there is none.
    var median: Double? {
        guard !isEmpty else { return nil }
        let sorted = sorted()
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}

/// The percentiles between which 95 % of a figure's values lie, if its data are redrawn again and
/// again, the same in every run.
private func bootstrap(_ figure: (inout SeededGenerator) -> Double) -> ClosedRange<Double> {
    var chance = SeededGenerator(seed: 1)
    let figures = (0..<2000).map { _ in figure(&chance) }.sorted()
    return figures[50]...figures[1949]
}
