import ArgumentParser

/// Tells what changed between two files of results, beyond noise.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare two files of results.",
        discussion: """
            A change counts if it is more than 3 % and the ranges of the two do not overlap. \
            Where both measured the bare socket, rates are compared as ratios to it, so that a \
            slower day of the whole machine is no change.
            """)

    @Argument(help: "The file of the earlier run.")
    var before: String

    @Argument(help: "The file of the later run.")
    var after: String

    func run() throws {
        let (before, after) = (try Journal(before), try Journal(after))
        for chapter in after.chapters {
            guard let other = before.chapter(chapter.scenario.name) else { continue }
            show("\n## \(chapter.scenario.name)\n")
            table(from: other, to: chapter).lines.forEach(show)
        }
    }

    private func table(from before: Journal.Chapter, to after: Journal.Chapter) -> Table {
        let metrics = Scenario.named(after.scenario.name)?.exercise.headlines ?? []
        var table = Table(["contender", "figure", "before", "after", "change", "beyond noise"])
        for name in after.contenders {
            for metric in metrics {
                let cells = Self.cells(name, metric, before.results, after.results)
                if let cells { table.add([name] + cells) }
            }
        }
        return table
    }

    private static func cells(
        _ name: String, _ metric: Metric, _ before: Results, _ after: Results
    ) -> [String]? {
        let toBare =
            metric == .rate && name != "bare"
            && before.median("bare", metric) != nil && after.median("bare", metric) != nil
        let (old, new) = (
            values(name, metric, before, toBare), values(name, metric, after, toBare)
        )
        guard let from = old.median, let to = new.median, from != 0 else { return nil }
        let change = (to / from - 1) * 100
        let isApart = new.min()! > old.max()! || new.max()! < old.min()!
        let digits = toBare ? 2 : metric.digits
        return [
            toBare ? "× bare" : metric.rawValue, decimal(from, digits), decimal(to, digits),
            decimal(change, 0) + " %", isApart && abs(change) > 3 ? "yes" : "",
        ]
    }

    private static func values(
        _ name: String, _ metric: Metric, _ results: Results, _ toBare: Bool
    ) -> [Double] {
        toBare ? results.ratios(name, to: "bare", metric) : results.values(name, metric)
    }
}
