extension Chart {
    /// A horizontal bar with its range.
    struct Bar {
        static let height = 18.0

        let label: String
        let low: Double
        let middle: Double
        let high: Double
        /// Ours are told from the others by their colour.
        let isOurs: Bool
    }
}

extension [Chart.Bar] {
    /// The elements of a panel of bars, one below the other.
    func lines(_ digits: Int, from top: Double) -> [String] {
        let longest = map(\.high).max() ?? 0
        let scale = longest > 0 ? (Chart.width - Chart.labels - Chart.values) / longest : 0
        return zip(self, 0...).flatMap { bar, place in
            bar.lines(digits, top + Double(place) * Chart.Bar.height, scale)
        }
    }
}

extension Chart.Bar {
    fileprivate func lines(_ digits: Int, _ top: Double, _ scale: Double) -> [String] {
        let left = Chart.labels
        let line = SVG.number(top + 6)
        return [
            SVG.text(label, at: left - 6, top + 10, "text-anchor=\"end\""),
            "<rect class=\"\(isOurs ? "ours" : "other")\" x=\"\(SVG.number(left))\" "
                + "y=\"\(SVG.number(top))\" "
                + "width=\"\(SVG.number(middle * scale))\" height=\"12\"/>",
            "<line class=\"range\" x1=\"\(SVG.number(left + low * scale))\" y1=\"\(line)\" "
                + "x2=\"\(SVG.number(left + high * scale))\" y2=\"\(line)\"/>",
            SVG.text(decimal(middle, digits), at: left + high * scale + 6, top + 10),
        ]
    }
}
