import ArgumentParser
import Fixtures

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

    /// The rate over time where it was noted; else the first figure of a scenario, and what it cost
    /// where the machine told.
    private static func panels(of chapter: Journal.Chapter) -> [Chart.Panel] {
        if let courses = courses(of: chapter) { return [courses] }
        let metrics = Scenario.named(chapter.scenario.name)?.exercise.headlines ?? []
        return metrics.compactMap { panel(of: chapter, $0) }
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

    private static func panel(of chapter: Journal.Chapter, _ metric: Metric) -> Chart.Panel? {
        let bars = chapter.contenders.compactMap { name -> Chart.Bar? in
            let values = chapter.results.values(name, metric)
            guard let middle = values.median else { return nil }
            return Chart.Bar(
                label: name, low: values.min()!, middle: middle, high: values.max()!,
                isOurs: isOurs(name))
        }
        guard !bars.isEmpty else { return nil }
        let title = "\(chapter.scenario.name): \(chapter.scenario.what), \(metric.rawValue)"
        return Chart.Panel(title: title, content: .bars(bars, digits: metric.digits))
    }
}
