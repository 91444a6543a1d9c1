import Fixtures

/// What the user chose for all scenarios.
struct Choices {
    /// Empty: all.
    var contenders: [String]
    var rounds: Int
    var effort = Effort.full
    /// Instead of those of the scenarios.
    var byteCount: Int?
    var block: Int?
    var payload: Payload?
}

/// Runs one scenario: a warm-up in which every byte is compared, then rounds in which the
/// contenders take turns, so that a slow moment of the machine is slow for all.
struct Contest {
    let bench: Workbench
    let scenario: Scenario
    let choices: Choices
    let log: Log

    func run() throws -> Results {
        show("\n## \(scenario.name): \(scenario.what)\n")
        var record = ScenarioRecord(name: scenario.name, what: scenario.what)
        defer { bench.close() }
        let place: Place
        do {
            place = try bench.open(scenario.path)
        } catch let missing as Missing {
            show("missing: \(missing.reason)")
            record.missing[""] = missing.reason
            try log.add(Record(scenario: record))
            return Results()
        } catch let failure as Failure {
            show("FAILED: \(failure)")
            return Results(failures: ["": failure.description])
        }
        record.congestionControl = place.congestionControl
        let present = try contenders(at: place, &record)
        try log.add(Record(scenario: record))
        let results = try compare(present, at: place)
        report(results, present.map(\.name), record.missing, place)
        try judge(results)
        return results
    }

    private func contenders(at place: Place, _ record: inout ScenarioRecord) throws -> [Contender] {
        let chosen = scenario.contenders.filter {
            choices.contenders.isEmpty || choices.contenders.contains($0)
        }
        return try chosen.compactMap { name in
            guard let contender = Contender.all.first(where: { $0.name == name }) else {
                throw Failure("scenario \(scenario.name) names no contender: \(name)")
            }
            record.missing[name] = try contender.missing(at: place, bench)
            return record.missing[name] == nil ? contender : nil
        }
    }

    private func compare(_ present: [Contender], at place: Place) throws -> Results {
        let bout = Bout(
            bench: bench, place: place, patience: patience, exercise: exercise,
            payload: choices.payload ?? scenario.payload, block: choices.block ?? scenario.block,
            isSampled: scenario.isSampled)
        var results = Results()
        for round in 0...rounds {
            // There and back again: what drifts within a round falls on all alike.
            let turns = round > 0 && round.isMultiple(of: 2) ? present.reversed() : present
            for contender in turns where results.failures[contender.name] == nil {
                try take(round, of: contender, bout, &results)
            }
        }
        return results
    }

    var rounds: Int { min(choices.rounds, scenario.isSampled ? 1 : .max) }

    /// Seconds after which a run has failed: even 5 MB/s are faster.
    private var patience: Int64 {
        120 + Int64(exercise.byteCount / 5_000_000)
    }

    /// A contender's turn in one round; one that failed takes no further part.
    private func take(
        _ round: Int, of contender: Contender, _ bout: Bout, _ results: inout Results
    ) throws {
        for _ in 0..<(round == 0 ? 1 : exercise.times) {
            var record = RunRecord(scenario: scenario.name, contender: contender.name, round: round)
            do {
                let figures = try bout.run(contender, verifies: round == 0)
                if round > 0 || choices.rounds == 0 { results.add(figures, of: contender.name) }
                if figures.isVerified == true { results.verified.insert(contender.name) }
                record.figures = figures
            } catch let interruption as Interruption {
                throw interruption
            } catch {
                record.failure = "\(error)"
                results.failures[contender.name] = "round \(round): \(error)"
            }
            try log.add(Record(run: record))
        }
    }

    private var exercise: Exercise {
        choices.effort.exercise(scenario.exercise, byteCount: choices.byteCount)
    }
}
