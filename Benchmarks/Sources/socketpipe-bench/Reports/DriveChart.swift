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
