import Synchronization
import Testing

/// Lets only so many tests run at once: what a test waits for is processes, not threads, so that
/// without a gate every test of the suites would start at the same moment.
struct Gate: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    /// How many places a test takes; a test that measures or loads the machine takes them all.
    var places = 1

    /// Most of a test's time is spent waiting.
    private static let places = 6
    private static let free = Mutex(Places(count: places))

    private struct Places {
        var count: Int
        var waiting: [(places: Int, continuation: CheckedContinuation<Void, Never>)] = []

        /// Lets one wait behind those who came before; who wants the machine for itself waits for all
        /// others, so that it is emptied only once.
        mutating func enqueue(_ places: Int, _ continuation: CheckedContinuation<Void, Never>) {
            let place = waiting.firstIndex { $0.places > places } ?? waiting.endIndex
            waiting.insert((places, continuation), at: place)
        }

        /// Those who may start now, in that order.
        mutating func admit() -> [CheckedContinuation<Void, Never>] {
            var admitted: [CheckedContinuation<Void, Never>] = []
            while let first = waiting.first, first.places <= count {
                count -= first.places
                admitted.append(first.continuation)
                waiting.removeFirst()
            }
            return admitted
        }
    }

    func scopeProvider(for test: Test, testCase: Test.Case?) -> Gate? {
        // Of the suite's gate and the test's own only the narrower one counts: to hold a place
        // while waiting for all of them would be to wait for ever.
        let isNarrowest = !test.traits.contains {
            ($0 as? Gate).map { $0.places > places } ?? false
        }
        return testCase != nil && isNarrowest ? self : nil
    }

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        await withCheckedContinuation { continuation in
            Self.change { $0.enqueue(min(places, Self.places), continuation) }
        }
        defer { Self.change { $0.count += min(places, Self.places) } }
        try await function()
    }

    private static func change(_ change: (inout Places) -> Void) {
        let admitted = free.withLock { places in
            change(&places)
            return places.admit()
        }
        for continuation in admitted { continuation.resume() }
    }
}

extension Trait where Self == Gate {
    /// One of a few places for each test.
    static var gated: Gate { Gate() }

    /// The machine for itself.
    static var alone: Gate { Gate(places: .max) }
}
