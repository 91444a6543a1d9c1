/// Pictures of results, as SVG that is readable on a light and on a dark page.
struct Chart {
    struct Panel {
        let title: String
        let content: Content
    }

    enum Content {
        case bars([Bar], digits: Int)
        case courses([Course])
        case drive(DriveCourse, longest: Double)
    }

    let panels: [Panel]

    static let width = 640.0
    static let labels = 96.0
    static let values = 64.0
    private static let head = 40.0

    var svg: String {
        var body: [String] = []
        var top = 0.0
        for panel in panels {
            body.append(SVG.text(panel.title, at: 0, top + Self.head - 12, "class=\"title\""))
            top += Self.head
            body += panel.content.lines(from: top)
            top += panel.content.height
        }
        let size = "width=\"\(SVG.number(Self.width))\" height=\"\(SVG.number(top + 12))\""
        return ([Self.opening(size)] + body + ["</svg>", ""]).joined(separator: "\n")
    }

    private static func opening(_ size: String) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" \(size) font-family="sans-serif" font-size="12">
        <style>
        text { fill: #57606a } .title { font-weight: bold } .other { fill: #afb8c1 }
        .ours { fill: #2f81f7 } .range { stroke: #57606a; stroke-width: 1 }
        @media (prefers-color-scheme: dark) {
        text { fill: #9198a1 } .other { fill: #59636e } .range { stroke: #9198a1 } }
        </style>
        """
    }
}

extension Chart.Content {
    fileprivate var height: Double {
        switch self {
        case .bars(let bars, _): Double(bars.count) * Chart.Bar.height
        case .courses(let courses): Double(courses.count) * Chart.Course.height + 16
        case .drive: DriveCourse.height
        }
    }

    fileprivate func lines(from top: Double) -> [String] {
        switch self {
        case .bars(let bars, let digits): bars.lines(digits, from: top)
        case .courses(let courses): courses.lines(from: top)
        case .drive(let course, let longest): course.lines(from: top, to: longest)
        }
    }
}

enum SVG {
    static let atEnd = "text-anchor=\"end\""

    static func text(
        _ text: String, at left: Double, _ base: Double, _ attributes: String = ""
    ) -> String {
        let escaped = text.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;"][$0] ?? String($0) }
        return "<text x=\"\(number(left))\" y=\"\(number(base))\" \(attributes)>"
            + "\(escaped.joined())</text>"
    }

    static func number(_ value: Double) -> String { decimal(value, 1) }
}

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
