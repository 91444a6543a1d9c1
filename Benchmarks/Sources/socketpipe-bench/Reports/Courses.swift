import Fixtures

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

extension DriveCourse {
    static let height = 96.0
    private static let fillHeight = 60.0
    private static let stripHeight = 12.0

    /// The elements of a panel: the fill of the buffer, and below it when the drive was writing.
    /// - Parameter longest: The seconds that are as wide as the chart.
    func lines(from top: Double, to longest: Double) -> [String] {
        let across = (Chart.width - Chart.labels - Chart.values) / longest
        let up = (Self.fillHeight - 6) / DriveTrial.bufferSize.megabytes
        let base = top + Self.fillHeight
        let key = "blue: the drive writes; grey: it stands"
        let time = "\(decimal(seconds, 1)) s"
        return fill.lines(base, across, up) + strip(base + 4, across) + [
            SVG.text(key, at: Chart.labels, base + 30),
            SVG.text(time, at: Chart.labels + seconds * across, base + 30, SVG.atEnd),
        ]
    }

    private var fill: Chart.Course {
        let steps = zip(fills, fills.dropFirst()).map { now, next in
            Chart.Course.Step(
                from: now.seconds, to: next.seconds, value: now.byteCount.megabytes)
        }
        let highest = fills.map(\.byteCount).max() ?? 0
        return Chart.Course(
            label: "buffer", steps: steps, figure: "\(decimal(highest.megabytes, 0)) MB",
            isOurs: true)
    }

    private func strip(_ top: Double, _ across: Double) -> [String] {
        let ends = states.dropFirst().map(\.seconds) + [seconds]
        let streaming = zip(states, ends).filter(\.0.isStreaming).map { state, end in
            Self.bar("ours", state.seconds...end, top, across)
        }
        let label = SVG.text("drive", at: Chart.labels - 6, top + 10, SVG.atEnd)
        return [label, Self.bar("other", 0...seconds, top, across)] + streaming
    }

    private static func bar(
        _ kind: String, _ span: ClosedRange<Double>, _ top: Double, _ across: Double
    ) -> String {
        "<rect class=\"\(kind)\" x=\"\(SVG.number(Chart.labels + span.lowerBound * across))\" "
            + "y=\"\(SVG.number(top))\" "
            + "width=\"\(SVG.number((span.upperBound - span.lowerBound) * across))\" "
            + "height=\"\(SVG.number(stripHeight))\"/>"
    }
}

extension Int {
    fileprivate var megabytes: Double { Double(self) / 1e6 }
}
