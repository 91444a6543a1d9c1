extension Chart {
    /// The rate of one run over time.
    struct Course {
        static let height = 40.0

        let label: String
        let samples: [Sample]
        /// Of the whole run.
        let megabytesPerSecond: Double
        let isOurs: Bool
    }
}

extension [Chart.Course] {
    /// The elements of a panel: a row for each run, all to the same scales of time and rate.
    func lines(from top: Double) -> [String] {
        let longest = compactMap { $0.samples.last?.seconds }.max() ?? 0
        let highest = flatMap(\.rates).map(\.megabytesPerSecond).max() ?? 0
        guard longest > 0, highest > 0 else { return [] }
        let across = (Chart.width - Chart.labels - Chart.values) / longest
        let up = (Chart.Course.height - 6) / highest
        let rows = zip(self, 1...).flatMap { course, place in
            course.lines(top + Double(place) * Chart.Course.height, across, up)
        }
        let base = top + Double(count) * Chart.Course.height + 14
        let time = "\(decimal(longest, 1)) s; a row is \(decimal(highest, 0)) MB/s high"
        return rows + [SVG.text(time, at: Chart.labels + longest * across, base, Self.atEnd)]
    }

    private static var atEnd: String { "text-anchor=\"end\"" }
}

extension Chart.Course {
    fileprivate struct Rate {
        let from: Double
        let to: Double
        let megabytesPerSecond: Double
    }

    /// Between each two samples.
    fileprivate var rates: [Rate] {
        zip(samples, samples.dropFirst()).map { before, after in
            let seconds = after.seconds - before.seconds
            let byteCount = Double(after.byteCount - before.byteCount)
            return Rate(
                from: before.seconds, to: after.seconds,
                megabytesPerSecond: byteCount / seconds / 1e6)
        }
    }

    fileprivate func lines(_ base: Double, _ across: Double, _ up: Double) -> [String] {
        let left = Chart.labels
        let steps = rates.flatMap { rate in
            let top = SVG.number(base - rate.megabytesPerSecond * up)
            return [rate.from, rate.to].map { "\(SVG.number(left + $0 * across)),\(top)" }
        }
        let end = left + (samples.last?.seconds ?? 0) * across
        let corners =
            ["\(SVG.number(left)),\(SVG.number(base))"] + steps
            + ["\(SVG.number(end)),\(SVG.number(base))"]
        return [
            SVG.text(label, at: left - 6, base - 4, "text-anchor=\"end\""),
            "<polygon class=\"\(isOurs ? "ours" : "other")\" "
                + "points=\"\(corners.joined(separator: " "))\"/>",
            SVG.text(decimal(megabytesPerSecond, 0), at: end + 6, base - 4),
        ]
    }
}
