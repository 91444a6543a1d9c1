import ArgumentParser

/// Runs scenarios and tells what came out.
struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure, print tables, and write every run to a file.")

    @Flag(help: "List scenarios and contenders.")
    var list = false

    @Option(help: "A scenario to run; all but 'host' unless given. May be repeated.")
    var scenario: [String] = []

    @Option(help: "A contender to run; all unless given. May be repeated.")
    var contender: [String] = []

    @Option(help: "Measured rounds, after the warm-up.")
    var rounds = 5

    @Option(help: "Bytes of a stream (64M, 2G, …); each scenario has its own amount.")
    var bytes: Size?

    @Option(help: "The size of the source's writes.")
    var block = Size(1 << 20)

    @Option(help: "What the bytes are: zeros, noise.")
    var payload = Payload.zeros

    @Flag(help: "All scenarios once, in small: whether they work, not how fast they are.")
    var quick = false

    @Option(help: "Write every run to this file, as lines of JSON.")
    var json: String?

    @OptionGroup var programs: Programs

    @Option(
        parsing: .unconditional,
        help: "The words after 'ssh' for scenario 'host': options and the host.")
    var host: String?

    func run() throws {
        guard !list else { return Self.showLists() }
        let chosen = try Self.chosen(scenario, from: Scenario.all, \.name, "scenario")
        _ = try Self.chosen(contender, from: Contender.all, \.name, "contender")
        let scenarios = chosen.filter { !scenario.isEmpty || $0.path != .host }
        let words = (host ?? "").split(separator: " ").map(String.init)
        let failures = try programs.withWorkbench(host: words) { try measure(scenarios, $0) }
        if failures > 0 { throw ExitCode(1) }
    }

    /// Returns how many contenders failed.
    private func measure(_ scenarios: [Scenario], _ bench: Workbench) throws -> Int {
        let log = try Log(json)
        try log.add(Record(facts: Facts(bench)))
        let choices = Choices(
            contenders: contender, rounds: rounds, byteCount: bytes?.count,
            block: block.count, payload: payload, quick: quick)
        var failures = 0
        for scenario in quick ? Scenario.inSmall(scenarios) : scenarios {
            let contest = Contest(bench: bench, scenario: scenario, choices: choices, log: log)
            failures += try contest.run().failures.count
        }
        return failures
    }

    private static func chosen<Item>(
        _ names: [String], from all: [Item], _ name: (Item) -> String, _ kind: String
    ) throws -> [Item] {
        for wanted in names where !all.contains(where: { name($0) == wanted }) {
            throw ValidationError("there is no \(kind) '\(wanted)'; see --list")
        }
        return names.isEmpty ? all : all.filter { names.contains(name($0)) }
    }

    private static func showLists() {
        show("Scenarios:")
        for scenario in Scenario.all { show("  \(scenario.name.padded(to: 14))\(scenario.what)") }
        show("\nContenders:")
        for contender in Contender.all {
            show("  \(contender.name.padded(to: 14))\(contender.what)")
        }
    }
}

extension Payload: ExpressibleByArgument {}
