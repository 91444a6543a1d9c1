import LinuxSystem

@testable import Plumbing

/// What happens to connections that flows may survive, by letters of its own: all else of a seed is
/// as it was before there was anything to survive.
final class Losses {
    enum Kind: CaseIterable {
        /// A box on the way resets one flow's connection, or each.
        case reset, resetOfAll
        /// Nothing comes through any more, and the kernels notice late, or never.
        case silence, silenceOfAll, lateSilence
        /// The next connections die before or soon after they are used.
        case young
        /// The connection is lost as its end goes out.
        case end
        /// There is no other connection for a while, or never again.
        case refusal, refusalForGood
        /// A box makes ends of resets, or drops them.
        case turningBox, hidingBox
        /// An end has no longer the connection that it is to go on by.
        case gone
    }

    let script: [(kind: Kind, after: Int64)]
    let limit: Instant.Span?
    /// Whether some flow may never get another connection.
    private let isForGood: Bool
    private var random: SeededGenerator
    private var youngDeaths = 0
    private var losesEnd = false
    private var (refusesUntil, swallows): (Instant?, Bool) = (nil, false)
    private var (turnsResets, hidesResets) = (false, false)
    private var goneAt: End?
    private var hasLostBytes = false

    /// - Parameter wanted: The one thing that happens, if the seed has no say.
    init(_ plan: inout Plan, _ seed: UInt64, wanting wanted: ScriptedSession.Loss?) {
        random = SeededGenerator(seed: seed ^ 0x616E_6577)
        if let wanted {
            (limit, script) = (.seconds(60), [])
            plan.reconnect(within: .seconds(60))
            isForGood = wanted == .connection(.refusalForGood)
            return
        }
        guard random.chance(4) else {
            (script, limit, isForGood) = ([], nil, false)
            return
        }
        let limit = Instant.Span.seconds(random.chance(4) ? 8 : 60)
        plan.reconnect(within: limit)
        self.limit = limit
        var script: [(Kind, Int64)] = []
        for _ in 0..<random.below(4) {
            let after = Int64(random.below(random.chance(2) ? 300 : 3000))
            script.append((Kind.allCases[random.below(Kind.allCases.count)], after))
            // The same once more, before anything can have come of the first.
            if random.chance(4) { script.append((script[script.count - 1].0, after + 50)) }
        }
        self.script = script
        isForGood = script.contains { $0.0 == .refusalForGood }
    }

    /// Whether each flow gets another connection in time.
    var areSurvivable: Bool {
        limit == .seconds(60) && !isForGood && !hasLostBytes
    }

    func strike(_ kind: Kind, _ flows: [ScriptedFlow], _ now: Instant) {
        let one = flows.isEmpty ? [] : [flows[random.below(flows.count)]]
        switch kind {
        case .reset: for flow in one { reset(flow) }
        case .resetOfAll: for flow in flows { reset(flow) }
        case .silence: for flow in one { flow.cut(kernelsNotice: false) }
        case .silenceOfAll: for flow in flows { flow.cut(kernelsNotice: false) }
        case .lateSilence: for flow in one { flow.cut() }
        case .young:
            youngDeaths = 1 + random.below(3)
            for flow in one { reset(flow) }
        case .end: losesEnd = true
        case .refusal, .refusalForGood:
            let span = Instant.Span.milliseconds(Int64(random.below(6000)))
            refusesUntil = kind == .refusal ? now + span : .distantFuture
            swallows = random.chance(2)
            for flow in flows { reset(flow) }
        case .turningBox: turnsResets = true
        case .hidingBox: hidesResets = true
        case .gone:
            goneAt = random.chance(2) ? .here : .there
            for flow in one { reset(flow) }
        }
    }

    private func reset(_ flow: ScriptedFlow) {
        let way = random.below(3)
        flow.breakOnTheWay(atSender: way != 0, atReceiver: way != 1)
    }

    /// A connection comes about.
    func touch(_ connection: ScriptedFlow, isFirst: Bool, _ agenda: Agenda) {
        guard limit != nil else { return }
        connection.tellsOfFullReaders = true
        if turnsResets { connection.turnsResets = true }
        if hidesResets { connection.hidesResets = true }
        connection.whenEnding = { [unowned connection] in
            guard self.losesEnd else { return }
            self.losesEnd = false
            agenda.after(.milliseconds(Int64(self.random.below(40)))) { self.lose(connection) }
        }
        guard !isFirst, youngDeaths > 0 else { return }
        youngDeaths -= 1
        agenda.after(.milliseconds(Int64(random.below(300)))) { self.lose(connection) }
    }

    private func lose(_ connection: ScriptedFlow) {
        if random.chance(3) { connection.cut(kernelsNotice: false) } else { reset(connection) }
    }

    func refuses(_ now: Instant) -> Bool { refusesUntil.map { now < $0 } ?? false }

    /// Whether nobody ever answers a call.
    func swallowsCall(_ now: Instant) -> Bool { swallows && refuses(now) }

    func takesAway(_ connection: ScriptedFlow, from end: End) -> Bool {
        guard goneAt == end else { return false }
        goneAt = nil
        // Its kernel may have acknowledged some.
        if connection.flow.sender != end { hasLostBytes = true }
        reset(connection)
        return true
    }
}
