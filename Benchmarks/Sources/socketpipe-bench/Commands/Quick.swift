import ArgumentParser

/// Tells in about a minute what the way to a host is good for.
struct Quick: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell in a minute what ssh and socketpipe reach to a host, and what to use.")

    @Argument(help: "The words after 'ssh': options, after a '--' of their own, and the host.")
    var host: [String]

    @OptionGroup var programs: Programs

    private static let contenders = ["ssh", "hand-off", "relay-both"]

    func run() throws {
        try programs.withWorkbench(host: host) { bench in
            // A little first, to know how much takes some seconds.
            let probe = try contest(bench, rounds: 1, byteCount: 32 << 20).run()
            let rates = Self.contenders.compactMap { probe.median($0, .rate) }
            guard let slowest = rates.min(), probe.failures.isEmpty else { throw ExitCode(1) }
            let enough = min(max(Int(slowest * 5e6), 32 << 20), 4 << 30)
            let results = try contest(bench, rounds: 2, byteCount: enough).run()
            guard results.failures.isEmpty else { throw ExitCode(1) }
            advice(results).forEach(show)
        }
    }

    private func contest(_ bench: Workbench, rounds: Int, byteCount: Int) throws -> Contest {
        let choices = Choices(
            contenders: Self.contenders, rounds: rounds, byteCount: byteCount)
        return Contest(bench: bench, scenario: .host, choices: choices, log: try Log(nil))
    }

    private func advice(_ results: Results) -> [String] {
        let rates = results.medians(Self.contenders, .rate)
        let costs = results.medians(Self.contenders, .machineCPU)
        guard let ssh = rates["ssh"], let handOff = rates["hand-off"] else { return [] }
        let relays = (rates["relay-both"] ?? 0) > handOff * 1.05
        let best = max(handOff, rates["relay-both"] ?? 0)
        let session = results.runs[relays ? "relay-both" : "hand-off"]?.last?.flatMap(\.session)
        let figures = Self.contenders.compactMap { name -> String? in
            guard let rate = rates[name], let cost = costs[name] else { return nil }
            return "\(name): \(decimal(rate, 0)) MB/s, \(decimal(cost, 1)) CPU s/GB on this host."
        }
        return [""] + figures + [
            "With socketpipe the bottleneck is: \(session?.bottleneck ?? "not known").",
            best < ssh * 1.05
                ? "ssh is as fast; socketpipe spares the processors, and proves what arrived."
                : "socketpipe is \(decimal(best / ssh, 1)) times as fast as ssh.",
            "Use: socketpipe \(options(relays))-i { COMMAND } "
                + "-l { ssh \(host.joined(separator: " ")) } -r { COMMAND }",
        ]
    }

    private func options(_ relays: Bool) -> String {
        (relays ? "--relay both " : "") + (programs.there.map { "--there \($0) " } ?? "")
    }
}
