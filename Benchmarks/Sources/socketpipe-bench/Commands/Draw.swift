import ArgumentParser
import Fixtures

/// Makes a picture of a file of results.
struct Draw: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a file of results as SVG bar charts.",
        discussion: "The line at a bar's end shows where its median lies with 95 %.")

    @Argument(help: "A file that --json wrote.")
    var results: String

    @Option(help: "A scenario to draw; all unless given. May be repeated.")
    var scenario: [String] = []

    @Option(
        help: """
            A contender to draw, or NAME=LABEL, in the order given, with the scenario's first \
            figure alone; all unless given. May be repeated.
            """)
    var contender: [String] = []

    func run() throws {
        let journal = try Journal(results)
        let chapters = journal.chapters.filter {
            scenario.isEmpty || scenario.contains($0.scenario.name)
        }
        let panels = contender.isEmpty ? chapters.flatMap(Self.panels) : chapters.compactMap(chosen)
        guard !panels.isEmpty else { throw Failure("\(results) has no measured runs to draw") }
        show(Chart(panels: panels).svg)
    }

    private func chosen(of chapter: Journal.Chapter) -> Chart.Panel? {
        let bars = contender.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        return Scenario.named(chapter.scenario.name)?.exercise.metrics.first.flatMap {
            Self.panel(of: chapter, $0, bars.map { (name: $0[0], label: $0.last!) })
        }
    }

    /// The rate over time where it was noted; else the first figure of a scenario, and what it cost
    /// where the machine told.
    private static func panels(of chapter: Journal.Chapter) -> [Chart.Panel] {
        if let courses = courses(of: chapter) { return [courses] }
        let metrics = Scenario.named(chapter.scenario.name)?.exercise.headlines ?? []
        let bars = chapter.contenders.map { (name: $0, label: $0) }
        return metrics.compactMap { panel(of: chapter, $0, bars) }
    }

    private static func courses(of chapter: Journal.Chapter) -> Chart.Panel? {
        let courses = chapter.contenders.compactMap { name -> Chart.Course? in
            let runs = (chapter.results.runs[name] ?? []).compactMap { $0 }
            guard let samples = runs.first?.course, let rate = runs.first?.megabytesPerSecond
            else { return nil }
            return Chart.Course(
                label: name, samples: samples, megabytesPerSecond: rate, isOurs: isOurs(name))
        }
        guard !courses.isEmpty else { return nil }
        let title = "\(chapter.scenario.name): \(chapter.scenario.what), \(Metric.rate.rawValue)"
        return Chart.Panel(title: title, content: .courses(courses))
    }

    private static func isOurs(_ name: String) -> Bool {
        (Contender.socketpipes + Contender.buffers)
            .contains { $0.name == name && name != "original" }
    }

    private static func panel(
        of chapter: Journal.Chapter, _ metric: Metric, _ bars: [(name: String, label: String)]
    ) -> Chart.Panel? {
        let bars = bars.compactMap { name, label -> Chart.Bar? in
            let values = chapter.results.values(name, metric)
            guard let middle = values.median else { return nil }
            let range = values.medianInterval ?? middle...middle
            return Chart.Bar(
                label: label, low: range.lowerBound, middle: middle, high: range.upperBound,
                isOurs: isOurs(name))
        }
        guard !bars.isEmpty else { return nil }
        let title = "\(chapter.scenario.name): \(chapter.scenario.what), \(metric.rawValue)"
        return Chart.Panel(title: title, content: .bars(bars, digits: metric.digits))
    }
}
