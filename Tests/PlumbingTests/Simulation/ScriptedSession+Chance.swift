import LinuxSystem
import Plumbing

/// What is asked for, and what the commands will do, as the seed has it.
extension ScriptedSession {
    static func plan(_ random: inout SeededGenerator) -> Plan {
        // A word too long for one line is rare: its letters take their time.
        let word = random.chance(10) ? [UInt8](repeating: 65, count: 20_000) : [65]
        var plan = Plan(login: [Word("login")], remote: [Word("remote"), Word(word)])
        let ways = random.below(3)
        func local(_ name: String) -> Plan.Local {
            random.chance(4) ? .standard : .command([Word(name)])
        }
        if ways != 1 { plan.producer = local("producer") }
        if ways != 0 { plan.consumer = local("consumer") }
        // Every fourth session may last longer than a meeting could, with all its grace.
        plan.rendezvousLimit = .seconds(random.chance(4) ? 2 : 10)
        plan.stallLimit = .seconds(20)
        plan.isStrict = random.chance(4)
        plan.allowsEarlyExit = random.chance(4)
        plan.relaying = [nil, .here, .there, .both][random.below(4)]
        plan.showsProgress = random.chance(4)
        plan.isDryRun = random.chance(20)
        return plan
    }

    /// How the bytes go, by letters of their own: what the others draw stays as it was.
    static func way(_ seed: UInt64) -> Plan.Way {
        var random = SeededGenerator(seed: seed ^ 0x7669_6121)
        return [.direct, .direct, .login, .auto][random.below(4)]
    }

    /// Whether the flows are sealed, and what a man in the middle does to one: by letters of their own.
    static func sealing(
        _ plan: inout Plan, _ seed: UInt64
    ) -> (forgery: ScriptedFlow.Forgery, after: Int64)? {
        var random = SeededGenerator(seed: seed ^ 0x7365_616C)
        plan.relay.isSealed = random.chance(3)
        guard plan.relay.isSealed, random.chance(2) else { return nil }
        let forgeries = ScriptedFlow.Forgery.allCases
        return (
            forgeries[random.below(forgeries.count)],
            Int64(random.below(random.chance(2) ? 300 : 2000))
        )
    }

    /// What the file of the rates says, and when, by letters of their own.
    static func rates(
        _ plan: inout Plan, _ seed: UInt64
    ) -> [(reading: RateReading, after: Int64)] {
        var random = SeededGenerator(seed: seed ^ 0x7261_7465)
        guard random.chance(3) else { return [] }
        plan.rateFile = Path("rate")
        func rate() -> Int64? { random.chance(3) ? nil : Int64(1 + random.below(9)) }
        plan.rates = Rates(out: rate(), back: rate())
        return (0..<random.below(4)).map { _ in
            let reading: RateReading =
                random.chance(4) ? .unusable("") : .rates(Rates(out: rate(), back: rate()))
            return (reading, Int64(random.below(random.chance(2) ? 300 : 3000)))
        }
    }

    /// What a push brings along, and what becomes of it.
    ///
    /// It has a chance of its own, so that all else of a seed is as it was before there were pushes.
    static func push(
        _ plan: inout Plan, _ seed: UInt64
    ) -> (push: Push, obstacle: ScriptedShell.Obstacle?)? {
        var random = SeededGenerator(seed: ~seed)
        plan.pushes = random.chance(4)
        guard plan.pushes else { return nil }
        let obstacles = ScriptedShell.Obstacle.allCases
        let obstacle = random.chance(3) ? obstacles[random.below(obstacles.count)] : nil
        let program = obstacle == .changed ? ScriptedProgram.changed : .whole
        return (Push([program.file], nonce: "1"), obstacle)
    }

    static func scripts(
        _ plan: Plan, _ random: inout SeededGenerator
    ) -> [Role: ScriptedCommand.Script] {
        var scripts: [Role: ScriptedCommand.Script] = [:]
        for role in [Role.producer, .remote, .consumer] {
            var script = ScriptedCommand.Script()
            script.size = random.chance(8) ? 0 : random.below(400)
            if random.chance(10) { script.appetite = random.below(300) }
            if random.chance(10) {
                script.status = random.chance(2) ? .exited(3) : .killed(signal: 9)
            }
            if random.chance(8) {
                script.childLives = .milliseconds(Int64(random.below(3000)))
                script.hidesChild = random.chance(3)
            }
            script.shutsDown = random.chance(6)
            script.exits = .milliseconds(Int64(random.below(random.chance(4) ? 500 : 5)))
            let isStandard =
                role == .producer && plan.producer == .standard
                || role == .consumer && plan.consumer == .standard
            // How it ends nobody asks.
            if isStandard { script.status = .exited(0) }
            if random.chance(24) { script.rests = .seconds(14) }
            scripts[role] = script
        }
        return scripts
    }
}
