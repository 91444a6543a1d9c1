import Foundation
import Synchronization
import Testing

/// The faults that a test causes. The file that `SOCKETPIPE_TEST_TALLY` names is told which routes
/// they befell and how that went; scripts/fault-table makes a table of it.
///
/// It stands before a test's conditions, and a suite of such tests has none: what comes behind one
/// that does not hold is not asked any more.
struct Tries: TestTrait, TestScoping {
    let faults: [Fault]

    func prepare(for test: Test) async throws {
        for case let condition as ConditionTrait in test.traits {
            guard try await !condition.evaluate() else { continue }
            let reason = condition.comments.first.map { "\($0)" } ?? "\(test.name)"
            for fault in faults { Tally.write("skipped", fault, reason) }
            return
        }
    }

    func scopeProvider(for test: Test, testCase: Test.Case?) -> Tries? {
        testCase == nil ? nil : self
    }

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        let attempt = Attempt(faults: faults)
        let issues = Mutex(0)
        let watch = IssueHandlingTrait.compactMapIssues { issue in
            issues.withLock { $0 += 1 }
            return issue
        }
        // What ends by an error, or not at all, has not passed.
        try await Attempt.$current.withValue(attempt) {
            try await watch.provideScope(for: test, testCase: testCase, performing: function)
        }
        if issues.withLock({ $0 == 0 }) { Tally.write("passed", attempt.name) }
    }
}

extension Trait where Self == Tries {
    static func tries(_ faults: Fault...) -> Tries { Tries(faults: faults) }
}

/// One case of a test that causes faults.
struct Attempt: Sendable {
    @TaskLocal static var current: Attempt?

    let name = UUID().uuidString
    let faults: [Fault]

    /// Takes note that a session of the test is about to start.
    func begins(_ session: Session) {
        guard let route = session.routeName else { return }
        for fault in faults {
            for direction in session.directions {
                Tally.write("tried", fault, route, direction, name)
            }
        }
    }
}

/// The lines for scripts/fault-table, their fields separated by tabs.
private enum Tally {
    private static let descriptor: Int32? = {
        guard let path = Program.variable("SOCKETPIPE_TEST_TALLY") else { return nil }
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        return descriptor < 0 ? nil : descriptor
    }()

    /// Tells the table's rows, its columns, and where there is nothing to try.
    private static let heading: Void = {
        for fault in Fault.allCases {
            append(["fault", "\(fault.number)", fault.rawValue] + fault.directions)
            for route in Session.routeNames {
                guard let reason = fault.absence(from: route) else { continue }
                append(["absent", "\(fault.number)", route, reason])
            }
        }
    }()

    static func write(_ verb: String, _ fault: Fault, _ fields: String...) {
        heading
        append([verb, "\(fault.number)"] + fields)
    }

    static func write(_ verb: String, _ field: String) { append([verb, field]) }

    /// A line is one write, so that those of several tests do not mix.
    private static func append(_ fields: [String]) {
        guard let descriptor else { return }
        let line = Array((fields.joined(separator: "\t") + "\n").utf8)
        _ = unsafe Foundation.write(descriptor, line, line.count)
    }
}

extension Session {
    fileprivate static let routeNames =
        ["hand-off", "login"] + Route.Engine.allCases.map { $0.rawValue }
        + ["sealed", "reconnect"]

    /// How the bytes go, where the words say so; what we choose ourselves is not asked here.
    fileprivate var routeName: String? {
        let words = (route.options + options).text.split(separator: " ").map(String.init)
        if words.contains("--reconnect") { return "reconnect" }
        if words.contains("--encrypt") { return "sealed" }
        if let place = words.firstIndex(of: "--engine") {
            return Self.routeNames.first { $0 == words[place + 1] }
        }
        if words.contains("--via") { return "login" }
        let chooses = !Set(words).isDisjoint(with: [
            "--relay", "--record", "--buffer", "--checksum",
        ])
        return chooses || producer?.text == "-" || consumer?.text == "-" ? nil : "hand-off"
    }

    fileprivate var directions: [String] {
        (producer == nil ? [] : ["out"]) + (consumer == nil ? [] : ["back"])
    }
}

extension Fault {
    fileprivate var number: Int { Fault.allCases.firstIndex(of: self)! + 1 }
}
