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
    /// The contenders in their order, each with medians, the range of the first metric, and its
    /// ratios to plain ssh and to the bare socket.
    func table(_ contenders: [String], _ metrics: [Metric]) -> Table {
        let first = metrics[0]
        var table = Table(
            ["contender", first.rawValue, "min–max", "× ssh", "× bare"]
                + metrics.dropFirst().map(\.rawValue))
        for contender in contenders {
            let values = values(contender, first)
            let range =
                values.isEmpty
                ? ""
                : [values.min()!, values.max()!].map { decimal($0, first.digits) }
                    .joined(separator: "–")
            let ratios = ["ssh", "bare"].map { other in
                ratio(contender, to: other, first).map { decimal($0, 2) } ?? ""
            }
            let cells = metrics.map { metric in
                median(contender, metric).map { decimal($0, metric.digits) } ?? ""
            }
            table.add([contender, cells[0], range] + ratios + cells.dropFirst())
        }
        return table
    }
}
