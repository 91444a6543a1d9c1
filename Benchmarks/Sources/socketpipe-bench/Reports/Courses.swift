extension Chart {
    /// What changed over the time of one run.
    struct Course {
        static let height = 40.0

        struct Step {
            let from: Double
            let to: Double
            let value: Double
        }

        let label: String
        let steps: [Step]
        /// What is said at its end.
        let figure: String
        let isOurs: Bool
    }
}

extension Chart.Course {
    /// The rate between each two samples.
    init(label: String, samples: [Sample], megabytesPerSecond: Double, isOurs: Bool) {
        let steps = zip(samples, samples.dropFirst()).map { before, after in
            let seconds = after.seconds - before.seconds
            let byteCount = Double(after.byteCount - before.byteCount)
            return Step(from: before.seconds, to: after.seconds, value: byteCount / seconds / 1e6)
        }
        self.init(
            label: label, steps: steps, figure: decimal(megabytesPerSecond, 0), isOurs: isOurs)
    }
}

extension [Chart.Course] {
    /// The elements of a panel: a row for each run, all to the same scales of time and rate.
    func lines(from top: Double) -> [String] {
        let longest = compactMap { $0.steps.last?.to }.max() ?? 0
        let highest = flatMap(\.steps).map(\.value).max() ?? 0
        guard longest > 0, highest > 0 else { return [] }
        let across = (Chart.width - Chart.labels - Chart.values) / longest
        let up = (Chart.Course.height - 6) / highest
        let rows = zip(self, 1...).flatMap { course, place in
            course.lines(top + Double(place) * Chart.Course.height, across, up)
        }
        let base = top + Double(count) * Chart.Course.height + 14
        let time = "\(decimal(longest, 1)) s; a row is \(decimal(highest, 0)) MB/s high"
        return rows + [SVG.text(time, at: Chart.labels + longest * across, base, SVG.atEnd)]
    }
}

extension Chart.Course {
    /// The elements of a row that stands on a base.
    /// - Parameters:
    ///   - across: The width of a second.
    ///   - up: The height of one.
    func lines(_ base: Double, _ across: Double, _ up: Double) -> [String] {
        let left = Chart.labels
        let steps = steps.flatMap { step in
            let top = SVG.number(base - step.value * up)
            return [step.from, step.to].map { "\(SVG.number(left + $0 * across)),\(top)" }
        }
        let end = left + (self.steps.last?.to ?? 0) * across
        let corners =
            ["\(SVG.number(left)),\(SVG.number(base))"] + steps
            + ["\(SVG.number(end)),\(SVG.number(base))"]
        return [
            SVG.text(label, at: left - 6, base - 4, SVG.atEnd),
            "<polygon class=\"\(isOurs ? "ours" : "other")\" "
                + "points=\"\(corners.joined(separator: " "))\"/>",
            SVG.text(figure, at: end + 6, base - 4),
        ]
    }
}
