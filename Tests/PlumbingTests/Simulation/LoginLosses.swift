import LinuxSystem

/// What happens to logins that a session survives, by letters of its own.
final class LoginLosses {
    enum Kind: CaseIterable {
        /// The login command ends, and either end notices.
        case ends
        /// The same, and each connection is reset.
        case endsWithAll
        /// The same, and the next login ends as soon as it is there.
        case endsTwice
        /// It ends, and the end there hears nothing of it.
        case endsUnheard
        /// It brings nothing more, and nobody hears of it.
        case silent
    }

    /// What becomes of a login command that is to take its place.
    enum Fate: CaseIterable { case arrives, fails, staysSilent, leadsElsewhere, cannotStart }

    let script: [(kind: Kind, after: Int64)]
    /// What the next logins come to; those behind arrive.
    private var fates: [Fate]
    private var fails = false
    private var endsNext = false
    /// The number of logins that ended so.
    private(set) var count = 0

    /// - Parameter mayHappen: Whether the seed has a say.
    init(mayHappen: Bool, _ seed: UInt64) {
        var random = SeededGenerator(seed: seed ^ 0x6C6F_6769)
        let after = { (random: inout SeededGenerator) in
            Int64(random.below(random.chance(2) ? 300 : 3000))
        }
        guard mayHappen, random.chance(2) else {
            (script, fates) = ([], [])
            return
        }
        fails = random.chance(8)
        script = (0..<random.below(3)).map { _ in
            (Kind.allCases[random.below(Kind.allCases.count)], after(&random))
        }
        fates =
            random.chance(2)
            ? [] : (0..<random.below(3)).map { _ in Fate.allCases[random.below(5)] }
    }

    /// Whether the session must go on, and nothing else may be in its way.
    var areSurvivable: Bool { !fails }
    /// Whether more than a moment goes by.
    var takeLong: Bool { !fates.isEmpty || script.contains { $0.kind == .silent } }

    func note(_ kind: Kind) {
        count += 1
        if kind == .endsTwice { endsNext = true }
    }

    /// What becomes of the login command that is started now.
    func nextFate() -> Fate {
        if fails { return .fails }
        return fates.isEmpty ? .arrives : fates.removeFirst()
    }

    /// Whether the login that has just brought the session back ends again.
    func endsAgain() -> Bool {
        defer { endsNext = false }
        return endsNext
    }
}
