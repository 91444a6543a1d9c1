/// Horizontal bars with their ranges, as SVG that is readable on a light and on a dark page.
struct Chart {
    struct Bar {
        let label: String
        let low: Double
        let middle: Double
        let high: Double
        /// Ours are told from the others by their colour.
        let isOurs: Bool
    }

    struct Panel {
        let title: String
        let digits: Int
        let bars: [Bar]
    }

    let panels: [Panel]

    private static let width = 640.0
    private static let labels = 96.0
    private static let values = 64.0
    private static let row = 18.0
    private static let head = 40.0

    var svg: String {
        var body: [String] = []
        var top = 0.0
        for panel in panels {
            body += lines(of: panel, from: top)
            top += Self.head + Double(panel.bars.count) * Self.row
        }
        let size = "width=\"\(number(Self.width))\" height=\"\(number(top + 12))\""
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

    private func lines(of panel: Panel, from top: Double) -> [String] {
        let longest = panel.bars.map(\.high).max() ?? 0
        let scale = longest > 0 ? (Self.width - Self.labels - Self.values) / longest : 0
        var lines = [text(panel.title, at: 0, top + Self.head - 12, "class=\"title\"")]
        for (bar, place) in zip(panel.bars, 0...) {
            lines += draw(bar, panel.digits, top + Self.head + Double(place) * Self.row, scale)
        }
        return lines
    }

    private func draw(_ bar: Bar, _ digits: Int, _ top: Double, _ scale: Double) -> [String] {
        let left = Self.labels
        let kind = bar.isOurs ? "ours" : "other"
        let middle = number(top + 6)
        return [
            text(bar.label, at: left - 6, top + 10, "text-anchor=\"end\""),
            "<rect class=\"\(kind)\" x=\"\(number(left))\" y=\"\(number(top))\" "
                + "width=\"\(number(bar.middle * scale))\" height=\"12\"/>",
            "<line class=\"range\" x1=\"\(number(left + bar.low * scale))\" y1=\"\(middle)\" "
                + "x2=\"\(number(left + bar.high * scale))\" y2=\"\(middle)\"/>",
            text(decimal(bar.middle, digits), at: left + bar.high * scale + 6, top + 10, ""),
        ]
    }

    private func text(
        _ text: String, at left: Double, _ base: Double, _ attributes: String
    ) -> String {
        let escaped = text.map { ["&": "&amp;", "<": "&lt;", ">": "&gt;"][$0] ?? String($0) }
        return "<text x=\"\(number(left))\" y=\"\(number(base))\" \(attributes)>"
            + "\(escaped.joined())</text>"
    }

    private func number(_ value: Double) -> String { decimal(value, 1) }
}
