import ArgumentParser

/// Tells what changed between two files of results, beyond noise.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare two files of results.",
        discussion: """
            A change counts if it is more than 3 % and 0 lies outside its interval, in which it \
            lies with 95 % (a bootstrap of the ratio of the medians). If both files have the bare \
            socket, rates are compared as ratios to it: a slower day of the machine is no change.
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
        var table = Table([
            "contender", "figure", "before", "after", "change %", "95 %", "beyond noise",
        ])
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
        let range = new.medianRatioInterval(to: old).map {
            ($0.lowerBound - 1) * 100...($0.upperBound - 1) * 100
        }
        let isBeyondNoise = abs(change) > 3 && range.map { !$0.contains(0) } ?? false
        let digits = toBare ? 2 : metric.digits
        return [
            toBare ? "× bare" : metric.rawValue, decimal(from, digits), decimal(to, digits),
            decimal(change, 0),
            range.map { "\(decimal($0.lowerBound, 0)) to \(decimal($0.upperBound, 0))" } ?? "",
            isBeyondNoise ? "yes" : "",
        ]
    }

    private static func values(
        _ name: String, _ metric: Metric, _ results: Results, _ toBare: Bool
    ) -> [Double] {
        toBare ? results.ratios(name, to: "bare", metric) : results.values(name, metric)
    }
}
