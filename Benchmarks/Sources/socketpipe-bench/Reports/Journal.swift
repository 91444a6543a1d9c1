import FoundationEssentials

/// A file of results, read back.
struct Journal {
    struct Chapter {
        let scenario: ScenarioRecord
        /// In the order of their first runs.
        var contenders: [String] = []
        var results = Results()
    }

    private(set) var chapters: [Chapter] = []

    init(_ path: String) throws {
        guard let lines = text(of: path)?.split(separator: "\n") else {
            throw Failure("\(path) cannot be read")
        }
        for (line, number) in zip(lines, 1...) {
            do {
                take(try JSONDecoder().decode(Record.self, from: Data(line.utf8)))
            } catch {
                throw Failure("\(path), line \(number), is no line of results")
            }
        }
    }

    private mutating func take(_ record: Record) {
        if let scenario = record.scenario { chapters.append(Chapter(scenario: scenario)) }
        guard let run = record.run, run.round > 0, !chapters.isEmpty else { return }
        let last = chapters.count - 1
        if !chapters[last].contenders.contains(run.contender) {
            chapters[last].contenders.append(run.contender)
        }
        chapters[last].results.add(run.figures, of: run.contender)
    }

    func chapter(_ name: String) -> Chapter? {
        chapters.first { $0.scenario.name == name }
    }
}

extension Scenario {
    static func named(_ name: String) -> Scenario? {
        all.first { $0.name == name }
    }
}
