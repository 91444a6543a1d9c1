/// How much of everything is done.
enum Effort {
    case full
    /// To see in two minutes about how fast it is.
    case short
    /// To see that it works.
    case quick

    /// The measured rounds, after the warm-up.
    var rounds: Int {
        switch self {
        case .full: 5
        case .short: 2
        // The warm-up is all there is.
        case .quick: 0
        }
    }

    func scenarios(of chosen: [Scenario]) -> [Scenario] {
        switch self {
        case .full: chosen
        case .short: chosen.map { $0.keeping(Contender.principal.contains) }
        case .quick: Self.inSmall(chosen)
        }
    }

    /// Of each family two steps; hand-off in every scenario, and each other contender once at each
    /// kind of exercise.
    private static func inSmall(_ scenarios: [Scenario]) -> [Scenario] {
        var steps: [String: Int] = [:]
        var seen: Set<String> = []
        let few = scenarios.filter { scenario in
            steps[scenario.family ?? scenario.name, default: 0] += 1
            return steps[scenario.family ?? scenario.name, default: 0] <= 2
        }
        return few.map { scenario in
            scenario.keeping { name in
                seen.insert("\(scenario.exercise.kind) \(name)").inserted || name == "hand-off"
            }
        }
    }

    func exercise(_ exercise: Exercise, byteCount: Int?) -> Exercise {
        func bytes(_ count: Int) -> Int { byteCount ?? share(count, quick: 8 << 20) }
        return switch exercise {
        case .stream(let count): .stream(byteCount: bytes(count))
        case .records(let count, let pace): .records(byteCount: bytes(count), pace)
        case .parallel(let sessions, let count):
            .parallel(sessions: sessions, byteCount: bytes(count))
        case .bothWays(let count): .bothWays(byteCount: bytes(count))
        case .messages(let count, let size):
            .messages(count: share(count, quick: 100), byteCount: size)
        case .session(let times): .session(times: share(times, quick: 1))
        case .trickle(let count): .trickle(byteCount: share(count, quick: 5))
        case .published: .published
        }
    }

    private func share(_ amount: Int, quick: Int) -> Int {
        switch self {
        case .full: amount
        case .short: amount / 4
        case .quick: quick
        }
    }
}

extension Scenario {
    fileprivate func keeping(_ isKept: (String) -> Bool) -> Scenario {
        var scenario = self
        scenario.contenders = contenders.filter(isKept)
        return scenario
    }
}
