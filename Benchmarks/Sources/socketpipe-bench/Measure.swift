import ArgumentParser
import FoundationEssentials
import Glibc

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

    @Flag(help: "Everything once, in small: whether it works, not how fast it is.")
    var quick = false

    @Option(help: "Write every run to this file, as lines of JSON.")
    var json: String?

    @Option(help: "The socketpipe to measure.")
    var socketpipe: String?

    @Option(help: "The socketpipe at the other end, if it is another; for 'host' its path there.")
    var there: String?

    @Option(help: "The original C program, to compare with.")
    var reference: String?

    @Option(
        parsing: .unconditional,
        help: "The words after 'ssh' for scenario 'host': options and the host.")
    var host: String?

    @Option(help: "The congestion control in namespaces.")
    var congestion = "cubic"

    @Option(help: "The script that builds namespaces.")
    var lab = "scripts/lab"

    func run() throws {
        guard !list else { return Self.showLists() }
        let chosen = try Self.chosen(scenario, from: Scenario.all, \.name, "scenario")
        _ = try Self.chosen(contender, from: Contender.all, \.name, "contender")
        Signals.block()
        unsafe setenv("LC_ALL", "C", 1)
        do {
            let failures = try measure(chosen.filter { !scenario.isEmpty || $0.path != .host })
            if failures > 0 { throw ExitCode(1) }
        } catch let interruption as Interruption {
            throw ExitCode(128 + interruption.signal)
        }
    }

    private func measure(_ scenarios: [Scenario]) throws -> Int {
        let bench = try Workbench(kit())
        defer { bench.remove() }
        let log = try Log(json)
        try log.add(Record(facts: Facts(bench)))
        let choices = Choices(
            contenders: contender, rounds: rounds, byteCount: bytes?.count,
            block: block.count, payload: payload, quick: quick)
        var failures = 0
        for scenario in scenarios {
            let contest = Contest(bench: bench, scenario: scenario, choices: choices, log: log)
            failures += try contest.run()
        }
        return failures
    }

    private func kit() throws -> Kit {
        let own = unsafe realpath("/proc/self/exe", nil)
        defer { unsafe free(own) }
        guard let own = unsafe own else { throw Failure("/proc/self/exe", errno: errno) }
        return try Kit(
            bench: unsafe String(cString: own), socketpipe: absolute(socketpipe ?? found),
            there: there, reference: absolute(reference), lab: lab,
            host: (host ?? "").split(separator: " ").map(String.init),
            congestionControl: congestion)
    }

    private var found: String? { path(of: "socketpipe") }

    private func absolute(_ path: String?) throws -> String? {
        guard let path else { return nil }
        let real = unsafe realpath(path, nil)
        defer { unsafe free(real) }
        guard let real = unsafe real else { throw Failure(path, errno: errno) }
        return unsafe String(cString: real)
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

/// A number of bytes, as people write it.
struct Size: ExpressibleByArgument {
    let count: Int

    init(_ count: Int) {
        self.count = count
    }

    init?(argument: String) {
        let factors: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        let factor = argument.uppercased().last.flatMap { factors[$0] }
        guard let number = Int(factor == nil ? argument[...] : argument.dropLast()), number > 0
        else { return nil }
        count = number * (factor ?? 1)
    }

    var defaultValueDescription: String { "\(count)" }
}
