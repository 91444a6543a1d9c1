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
        _ contender: String, _ metric: Metric = .rate, to other: String, _ bound: Bound,
        link: Double? = nil
    ) -> Self {
        Criterion(
            contender: contender, metric: metric, comparison: .ratio(to: other), bound: bound,
            link: link)
    }

    static func figure(_ contender: String, _ metric: Metric, _ bound: Bound) -> Self {
        Criterion(contender: contender, metric: metric, comparison: .alone, bound: bound)
    }

    /// What a link carries, in MB/s, where it may be what bounds the ratio.
    var link: Double?

    /// The value that is judged; `nil` if a contender did not run.
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

    /// Where the value lies with 95 %; `nil` of a difference, and of fewer than two rounds.
    func interval(in results: Results) -> ClosedRange<Double>? {
        switch comparison {
        case .alone: results.values(contender, metric).medianInterval
        case .ratio(let other): results.ratios(contender, to: other, metric).medianInterval
        case .difference: nil
        }
    }

    func holds(_ value: Double, in results: Results) -> Bool {
        switch bound {
        case .atLeast(let limit): value >= min(limit, most(in: results) ?? limit)
        case .atMost(let limit): value <= limit
        }
    }

    /// The ratio that the link allows.
    private func most(in results: Results) -> Double? {
        guard case .ratio(let other) = comparison, let link else { return nil }
        return results.median(other, metric).map { link / $0 }
    }

    var sentence: String {
        let limit =
            switch bound {
            case .atLeast(let limit): "at least \(decimal(limit, 2))"
            case .atMost(let limit): "at most \(decimal(limit, 2))"
            }
        let target =
            switch comparison {
            case .alone: limit
            case .ratio(let other): "\(limit) of \(other)"
            case .difference(let other): "\(limit) more than \(other)"
            }
        let bound = link.map { ", or the \(decimal($0, 0)) MB/s of the link" } ?? ""
        return "\(contender), \(metric.rawValue); target: \(target)\(bound)"
    }
}
