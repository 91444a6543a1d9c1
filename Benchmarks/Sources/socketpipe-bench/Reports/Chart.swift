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
