/// A scenario that was run, and what came out.
struct Outcome {
    let scenario: Scenario
    let results: Results
}

extension [Outcome] {
    /// Prints, for each family of several steps, how the first figures change with them.
    func showFamilies() {
        let names = compactMap(\.scenario.family)
        for (name, index) in zip(names, names.indices) where names.firstIndex(of: name) == index {
            let steps = filter { $0.scenario.family == name }
            guard steps.count > 1 else { continue }
            for metric in steps[0].scenario.exercise.headlines {
                show("\n## \(name): \(metric.rawValue), medians\n")
                steps.table(metric).lines.forEach(show)
            }
        }
    }

    /// Those of any step, in their order.
    private var contenders: [String] {
        reduce(into: []) { known, step in
            known += step.scenario.contenders.filter { !known.contains($0) }
        }
    }

    /// A row for each contender, a column for each step.
    private func table(_ metric: Metric) -> Table {
        var table = Table(["contender"] + map(\.scenario.step))
        for contender in contenders {
            let medians = map { $0.results.median(contender, metric) }
            guard medians.contains(where: { $0 != nil }) else { continue }
            table.add([contender] + medians.map { $0.map { decimal($0, metric.digits) } ?? "" })
        }
        return table
    }
}

extension Scenario {
    /// What tells it from the others of its family.
    fileprivate var step: String {
        family.map { String(name.dropFirst($0.count + 1)) } ?? name
    }
}
