import Fixtures
import FoundationEssentials
import Glibc

/// The file of results: one JSON object a line, written as they come.
final class Log {
    private let descriptor: Int32?

    init(_ path: String?) throws {
        descriptor = try path.map { path in
            let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw Failure(path, errno: errno) }
            return descriptor
        }
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    func add(_ record: Record) throws {
        guard let descriptor else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(record) + [0x0A]
        guard writeAll(Array(line)[...], to: descriptor) else {
            throw Failure("the file of results", errno: errno)
        }
    }
}

/// A line of it: exactly one of these.
struct Record: Codable {
    var facts: Facts?
    var scenario: ScenarioRecord?
    var run: RunRecord?
    var criterion: CriterionRecord?
}

struct ScenarioRecord: Codable {
    let name: String
    let what: String
    var congestionControl: String?
    /// The contenders that could not run, or the whole scenario as "", and why.
    var missing: [String: String] = [:]
}

struct RunRecord: Codable {
    let scenario: String
    let contender: String
    /// From 1 on; 0 is the warm-up.
    let round: Int
    var figures: Figures?
    var failure: String?
}

struct CriterionRecord: Codable {
    let scenario: String
    let sentence: String
    var value: Double?
    var holds: Bool?
}

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
