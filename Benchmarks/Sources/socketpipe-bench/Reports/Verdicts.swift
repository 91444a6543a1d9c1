extension Contest {
    /// Prints the table, and who is not in it.
    func report(
        _ results: Results, _ present: [String], _ missing: [String: String], _ place: Place
    ) {
        results.table(present, scenario.metrics).lines.forEach(show)
        let rounds = rounds == 0 ? "one, in small" : "\(rounds)"
        show("\nCongestion control \(place.congestionControl). Rounds: \(rounds).")
        let checked = present.filter(results.verified.contains).joined(separator: ", ")
        if !checked.isEmpty { show("The warm-up compared every byte of: \(checked).") }
        if place.accounts == nil {
            show("This host has no cgroup v2: only the machine tells its CPU time.")
        }
        for (name, reason) in missing.sorted(by: { $0.key < $1.key }) {
            show("missing: \(name): \(reason)")
        }
        for (name, reason) in results.failures.sorted(by: { $0.key < $1.key }) {
            show("FAILED: \(name): \(reason)")
        }
        let foreign = results.foreignShare(processors: Facts.processors)
        if foreign > 0.1, choices.effort != .quick {
            show("Too noisy: others took up to \(decimal(foreign * 100, 0)) % of the machine.")
        }
    }

    /// Prints what must hold, and whether it does.
    func judge(_ results: Results) throws {
        guard choices.effort == .full, !scenario.criteria.isEmpty else { return }
        show("")
        for criterion in scenario.criteria {
            let value = criterion.value(in: results)
            let holds = value.map { criterion.holds($0, in: results) }
            let word = holds.map { $0 ? "pass" : "FAIL" } ?? "----"
            let found = value.map { decimal($0, 3) + interval(of: criterion, in: results) }
            show("\(word)  \(criterion.sentence): \(found ?? "not measured")")
            try log.add(
                Record(
                    criterion: CriterionRecord(
                        scenario: scenario.name, sentence: criterion.sentence, value: value,
                        holds: holds)))
        }
    }

    /// ` (0.97–1.02)`: where the value lies with 95 %.
    private func interval(of criterion: Criterion, in results: Results) -> String {
        guard let interval = criterion.interval(in: results) else { return "" }
        return " (\(decimal(interval.lowerBound, 3))–\(decimal(interval.upperBound, 3)))"
    }
}
