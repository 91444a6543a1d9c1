/// A line that leaves out parts, the least important first, until it fits.
package struct FittedText: Sendable {
    /// The kinds of parts, in the order in which the line leaves them out.
    package enum Part: Int, Sendable {
        case gap, records, lowest, mean, elapsed, left, rate, needed
    }

    private var parts: [(part: Part, text: String)] = []

    package init() {}

    package mutating func add(_ text: String, as part: Part = .needed) {
        parts.append((part, text))
    }

    package mutating func add(_ other: FittedText) {
        parts += other.parts
    }

    /// The whole line.
    package var whole: String { text { _ in true } }

    /// The parts that fit; as a last resort it leaves out the last of the needed ones.
    ///
    /// - Parameter columns: The width in characters; `nil` without a limit.
    package func within(columns: Int?) -> String {
        guard let columns else { return whole }
        for least in Part.gap.rawValue...Part.needed.rawValue {
            let line = text { $0.rawValue >= least }
            if line.unicodeScalars.count <= columns { return line }
        }
        return beginning(columns)
    }

    /// The first needed parts: half a number would be another number.
    private func beginning(_ columns: Int) -> String {
        var line = ""
        for (_, text) in parts.filter({ $0.part == .needed }) {
            guard (line + text).unicodeScalars.count <= columns else { break }
            line += text
        }
        while line.hasSuffix(" ") || line.hasSuffix(";") { line.unicodeScalars.removeLast() }
        return line
    }

    /// The beginning of a line, of at most `columns` characters.
    package static func cut(_ line: String, to columns: Int) -> String {
        var kept = String.UnicodeScalarView()
        kept.append(contentsOf: line.unicodeScalars.prefix(max(0, columns)))
        return String(kept)
    }

    private func text(_ isKept: (Part) -> Bool) -> String {
        parts.filter { isKept($0.part) }.map { $0.text }.joined()
    }
}
