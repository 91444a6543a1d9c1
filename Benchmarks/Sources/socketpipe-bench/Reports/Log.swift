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
