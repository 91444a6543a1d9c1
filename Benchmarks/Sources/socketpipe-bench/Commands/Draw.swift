import ArgumentParser

/// Makes a picture of a file of results.
struct Draw: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a file of results as SVG bar charts with ranges.")

    @Argument(help: "A file that --json wrote.")
    var results: String

    @Option(help: "A scenario to draw; all unless given. May be repeated.")
    var scenario: [String] = []

    func run() throws {
        let journal = try Journal(results)
        let chapters = journal.chapters.filter {
            scenario.isEmpty || scenario.contains($0.scenario.name)
        }
        let panels = chapters.flatMap(Self.panels)
        guard !panels.isEmpty else { throw Failure("\(results) has no measured runs to draw") }
        show(Chart(panels: panels).svg)
    }

    /// The first figure of a scenario, and what it cost where the machine told.
    private static func panels(of chapter: Journal.Chapter) -> [Chart.Panel] {
        let metrics = Scenario.named(chapter.scenario.name)?.exercise.headlines ?? []
        return metrics.compactMap { panel(of: chapter, $0) }
    }

    private static func panel(of chapter: Journal.Chapter, _ metric: Metric) -> Chart.Panel? {
        let bars = chapter.contenders.compactMap { name -> Chart.Bar? in
            let values = chapter.results.values(name, metric)
            guard let middle = values.median else { return nil }
            return Chart.Bar(
                label: name, low: values.min()!, middle: middle, high: values.max()!,
                isOurs: Contender.socketpipes.contains { $0.name == name && name != "original" })
        }
        guard !bars.isEmpty else { return nil }
        let title = "\(chapter.scenario.name): \(chapter.scenario.what), \(metric.rawValue)"
        return Chart.Panel(title: title, digits: metric.digits, bars: bars)
    }
}
