import ArgumentParser

/// Runs scenarios and tells what came out.
struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure, print tables, and write every run to a file.")

    @Flag(help: "List scenarios and contenders.")
    var list = false

    @Option(help: "A scenario or a family to run; the usual ones unless given. May be repeated.")
    var scenario: [String] = []

    @Option(help: "A contender to run; all unless given. May be repeated.")
    var contender: [String] = []

    @Option(help: "Measured rounds after the warm-up: 5 unless given, 2 if short.")
    var rounds: Int?

    @Option(help: "Bytes of a stream (64M, 2G, …); each scenario has its own amount.")
    var bytes: Size?

    @Option(help: "The size of the source's writes, 1M unless given or the scenario has another.")
    var block: Size?

    @Option(help: "What the bytes are, zeros unless given or the scenario has others.")
    var payload: Payload?

    @Option(help: "Leave out the scenarios that move more bytes than this in one run.")
    var limit = Size(10 << 30)

    @Flag(help: "The usual scenarios with fewer bytes, rounds and contenders: two minutes.")
    var short = false

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
        let scenarios = try chosenScenarios()
        try Self.check(contender, "contender") { name in
            Contender.all.contains { $0.name == name }
        }
        let words = (host ?? "").split(separator: " ").map(String.init)
        let failures = try programs.withWorkbench(host: words) { try measure(scenarios, $0) }
        if failures > 0 { throw ExitCode(1) }
    }

    private var effort: Effort { quick ? .quick : short ? .short : .full }

    /// Those that are named, or the usual ones; in small all that need no other host.
    private func chosenScenarios() throws -> [Scenario] {
        try Self.check(scenario, "scenario") { name in Scenario.all.contains { $0.isNamed(name) } }
        guard scenario.isEmpty else {
            return Scenario.all.filter { scenario.contains(where: $0.isNamed) }
        }
        return quick ? Scenario.usual + Scenario.families : Scenario.usual
    }

    /// Returns how many contenders failed.
    private func measure(_ scenarios: [Scenario], _ bench: Workbench) throws -> Int {
        let log = try Log(json)
        try log.add(Record(facts: Facts(bench)))
        let choices = Choices(
            contenders: contender, rounds: rounds ?? effort.rounds, effort: effort,
            byteCount: bytes?.count, block: block?.count, payload: payload)
        let outcomes = try effort.scenarios(of: withinLimit(scenarios)).map { scenario in
            let contest = Contest(bench: bench, scenario: scenario, choices: choices, log: log)
            return Outcome(scenario: scenario, results: try contest.run())
        }
        if !quick { outcomes.showFamilies() }
        return outcomes.reduce(0) { $0 + $1.results.failures.count }
    }

    private func withinLimit(_ scenarios: [Scenario]) -> [Scenario] {
        scenarios.filter { scenario in
            let isWithin = bytes != nil || scenario.exercise.byteCount <= limit.count
            if !isWithin { show("left out: \(scenario.name): more than --limit \(limit.count)") }
            return isWithin
        }
    }

    private static func check(
        _ names: [String], _ kind: String, isKnown: (String) -> Bool
    ) throws {
        for name in names where !isKnown(name) {
            throw ValidationError("there is no \(kind) '\(name)'; see --list")
        }
    }

    private static func showLists() {
        show("Scenarios:")
        Scenario.usual.forEach(Self.list)
        show("\nOnly when named, each or a family (payload, blocks, …) together:")
        (Scenario.families + [.host]).forEach(Self.list)
        show("\nContenders:")
        for contender in Contender.all {
            show("  \(contender.name.padded(to: 14))\(contender.what)")
        }
    }

    private static func list(_ scenario: Scenario) {
        show("  \(scenario.name.padded(to: 20))\(scenario.what)")
    }
}

extension Payload: ExpressibleByArgument {}
