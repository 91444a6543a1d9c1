/// Something that must hold between the contenders of a scenario.
struct Criterion {
    enum Bound {
        case atLeast(Double)
        case atMost(Double)
    }

    enum Comparison {
        case alone
        /// The median of the ratios, each within one round.
        case ratio(to: String)
        case difference(from: String)
    }

    let contender: String
    let metric: Metric
    let comparison: Comparison
    let bound: Bound

    static func ratio(
        _ contender: String, _ metric: Metric = .rate, to other: String, _ bound: Bound
    ) -> Self {
        Criterion(
            contender: contender, metric: metric, comparison: .ratio(to: other), bound: bound)
    }

    static func figure(_ contender: String, _ metric: Metric, _ bound: Bound) -> Self {
        Criterion(contender: contender, metric: metric, comparison: .alone, bound: bound)
    }

    /// The value that is judged; nil if a contender did not run.
    func value(in results: Results) -> Double? {
        switch comparison {
        case .alone: results.median(contender, metric)
        case .ratio(let other): results.ratio(contender, to: other, metric)
        case .difference(let other):
            results.median(contender, metric).flatMap { value in
                results.median(other, metric).map { value - $0 }
            }
        }
    }

    func holds(_ value: Double) -> Bool {
        switch bound {
        case .atLeast(let limit): value >= limit
        case .atMost(let limit): value <= limit
        }
    }

    var sentence: String {
        let subject = "\(contender): \(metric.rawValue)"
        let limit =
            switch bound {
            case .atLeast(let limit): "at least \(decimal(limit, 2))"
            case .atMost(let limit): "at most \(decimal(limit, 2))"
            }
        return switch comparison {
        case .alone: "\(subject) \(limit)"
        case .ratio(let other): "\(subject) \(limit) of \(other)'s"
        case .difference(let other): "\(subject) \(limit) more than \(other)'s"
        }
    }
}
