/// A Markdown table that is also readable as it stands.
struct Table {
    private var rows: [[String]]

    init(_ columns: [String]) {
        rows = [columns]
    }

    mutating func add(_ cells: [String]) {
        rows.append(cells)
    }

    var lines: [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        // All columns but the first hold numbers.
        let rule = zip(widths, 0...).map { width, column in
            String(repeating: "-", count: column == 0 ? width : width - 1)
                + (column == 0 ? "" : ":")
        }
        let cells = [rows[0], rule] + rows.dropFirst()
        return cells.map { row in
            let padded = zip(row, zip(widths, 0...)).map { cell, place in
                cell.padded(to: place.0, right: place.1 > 0)
            }
            return "| " + padded.joined(separator: " | ") + " |"
        }
    }
}

extension Results {
    /// The contenders in their order, each with medians, and with its ratios to plain ssh and to the
    /// bare socket, or else to hand-off: their median, and where it lies with 95 %.
    func table(_ contenders: [String], _ metrics: [Metric]) -> Table {
        let first = metrics[0]
        var others = ["ssh", "bare"].filter { median($0, first) != nil }
        if others.isEmpty { others = ["hand-off"] }
        var table = Table(
            ["contender", first.rawValue] + others.map { "× \($0)" }
                + metrics.dropFirst().map(\.rawValue))
        for contender in contenders {
            let told = others.map { Self.told(ratios(contender, to: $0, first)) }
            let cells = metrics.map { metric in
                median(contender, metric).map { decimal($0, metric.digits) } ?? ""
            }
            table.add([contender, cells[0]] + told + cells.dropFirst())
        }
        return table
    }

    /// `0.97 (0.91–1.02)`.
    private static func told(_ ratios: [Double]) -> String {
        guard let median = ratios.median else { return "" }
        let range = ratios.medianInterval.map { [$0.lowerBound, $0.upperBound] } ?? []
        let ends = range.map { decimal($0, 2) }.joined(separator: "–")
        return decimal(median, 2) + (ends.isEmpty ? "" : " (\(ends))")
    }
}

/// A scenario that was run, and what came out.
struct Outcome {
    let scenario: Scenario
    let results: Results
}

extension [Outcome] {
    /// Prints, for each family of several steps, how the first figures change with them.
    func showFamilies() {
        let names = compactMap(\.scenario.family)
        for (name, index) in zip(names, names.indices) where names.firstIndex(of: name) == index {
            let steps = filter { $0.scenario.family == name }
            guard steps.count > 1 else { continue }
            for metric in steps[0].scenario.exercise.headlines {
                show("\n## \(name): \(metric.rawValue), medians\n")
                steps.table(metric).lines.forEach(show)
            }
        }
    }

    /// Those of any step, in their order.
    private var contenders: [String] {
        reduce(into: []) { known, step in
            known += step.scenario.contenders.filter { !known.contains($0) }
        }
    }

    /// A row for each contender, a column for each step.
    private func table(_ metric: Metric) -> Table {
        var table = Table(["contender"] + map(\.scenario.step))
        for contender in contenders {
            let medians = map { $0.results.median(contender, metric) }
            guard medians.contains(where: { $0 != nil }) else { continue }
            table.add([contender] + medians.map { $0.map { decimal($0, metric.digits) } ?? "" })
        }
        return table
    }
}

extension Scenario {
    /// What tells it from the others of its family.
    fileprivate var step: String {
        family.map { String(name.dropFirst($0.count + 1)) } ?? name
    }
}

/// A number with so many digits behind the point.
func decimal(_ value: Double, _ digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    guard value.isFinite, abs(value) * scale < 1e15 else { return "\(value)" }
    let whole = Int((abs(value) * scale).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let text = String(repeating: "0", count: max(0, digits + 1 - "\(whole)".count)) + "\(whole)"
    return "\(sign)\(text.dropLast(digits)).\(text.suffix(digits))"
}

extension String {
    func padded(to width: Int, right: Bool = false) -> String {
        let gap = String(repeating: " ", count: max(0, width - count))
        return right ? gap + self : self + gap
    }
}
