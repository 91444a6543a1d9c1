import LinuxSystem
import Plumbing
import Testing

/// Long random walks: whatever happens in whatever order, these things never do.
@Suite struct FlowWalkTests {
    private static let commands: [ExitStatus] = [
        .exited(0), .exited(0), .exited(0), .exited(1), .exited(126), .exited(129), .exited(192),
        .exited(193), .killed(signal: 9), .killed(signal: 13),
    ]

    /// An expectation that costs nothing as long as it is met: there are hundreds of thousands.
    private func demand(
        _ isMet: Bool, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        if !isMet { Issue.record("\(what)", sourceLocation: sourceLocation) }
    }

    /// Changes a few things as time would: processes end and let go, connections only get older.
    private func live(_ scene: SendingScene, hasShutDown: Bool, _ random: inout SeededGenerator) {
        if scene.command == nil, random.chance(15) {
            scene.command = FlowWalkTests.commands.randomElement(using: &random)
        }
        if random.chance(6) { scene.isHeld.toggle() }
        if random.chance(2) { scene.counters.acknowledged += 1 }
        if scene.counters.state == .closed { return }
        if random.chance(60) {
            scene.counters.state = .closed
            scene.hasPendingError = random.chance(2)
        } else if hasShutDown, random.chance(3) {
            scene.counters.state = scene.counters.state == .established ? .finWait1 : .finWait2
        }
    }

    private func isBreaking(_ command: ExitStatus?, isStrict: Bool) -> Bool {
        guard let command else { return false }
        return command.meansKilled || (isStrict && !command.isSuccess)
    }

    @Test func `a sender ends its stream once, on purpose, and says so truly`() throws {
        var random = SeededGenerator(seed: 11)
        var endings: [FlowFacts.Ending: Int] = [:]
        for _ in 0..<5_000 {
            let scene = try SendingScene(isStrict: random.chance(3))
            var (hasShutDown, isOver) = (false, false)
            for _ in 0..<40 {
                live(scene, hasShutDown: hasShutDown, &random)
                let span = Int64.random(in: 0...120, using: &random)
                let step = scene.step(after: .milliseconds(span))
                if step == .wait { continue }
                demand(!isOver, "\(step) after the end")
                check(step, scene, hasShutDown: hasShutDown)
                hasShutDown = hasShutDown || step == .shutDownWriting
                guard case .over(let ending) = scene.rules.state else { continue }
                isOver = true
                endings[ending, default: 0] += 1
            }
        }
        #expect(Set(endings.keys) == [.finished, .untouched, .reset, .broken])
        #expect(endings.values.allSatisfy { $0 > 50 }, "\(endings)")
    }

    private func check(_ step: SendingRules.Step, _ scene: SendingScene, hasShutDown: Bool) {
        let breaks = isBreaking(scene.command, isStrict: scene.rules.isStrict)
        let isReset = scene.counters.state == .closed
        let mayNobodyWrite = !scene.isHeld && scene.command != nil
        switch step {
        case .wait: break
        case .shutDownWriting:
            demand(!hasShutDown && !scene.isHeld && !breaks && !isReset, "a wrong shutdown")
            demand(scene.command != nil || !scene.rules.isStrict, "a shutdown before the status")
        case .breakStream: demand(breaks && !isReset, "broken without a reason")
        case .finish(.finished):
            demand(hasShutDown && scene.counters.finIsAcknowledged && !breaks, "a false finish")
        case .finish(.reset): demand(isReset && !hasShutDown && mayNobodyWrite, "a false reset")
        case .finish(.untouched):
            let isSure = hasShutDown || (mayNobodyWrite && scene.hasPendingError)
            demand(isReset && isSure, "not known to be untouched")
        case .finish(let ending): demand(false, "\(ending) is none of a sender's endings")
        }
    }

    @Test func `a receiver ends once, and finished only what was read to its end`() throws {
        var random = SeededGenerator(seed: 12)
        var endings: [FlowFacts.Ending: Int] = [:]
        for _ in 0..<5_000 {
            let scene = try ReceivingScene()
            var (isOver, wasLeft) = (false, false)
            for _ in 0..<40 {
                wasLeft = wasLeft || scene.rules.state != .moving
                live(scene, wasLeft: wasLeft, &random)
                let before = scene.rules.state
                let step = scene.step(
                    after: .milliseconds(Int64.random(in: 0...120, using: &random)))
                if step == .wait { continue }
                demand(!isOver, "\(step) after the end")
                demand(before != .moving || !scene.isHeld, "\(step) while it is held")
                if case .read(let byteCount) = step {
                    read(byteCount, scene, &random)
                    continue
                }
                guard case .finish(let ending) = step else { continue }
                check(ending, scene)
                isOver = true
                endings[ending, default: 0] += 1
            }
        }
        #expect(Set(endings.keys) == [.finished, .departed, .left, .reset])
        #expect(endings.values.allSatisfy { $0 > 50 }, "\(endings)")
    }

    private func live(_ scene: ReceivingScene, wasLeft: Bool, _ random: inout SeededGenerator) {
        if scene.command == nil, random.chance(12) {
            scene.command = FlowWalkTests.commands.randomElement(using: &random)
        }
        if !wasLeft, random.chance(6) { scene.isHeld.toggle() }
        if scene.counters.state == .closeWait, random.chance(6) {
            scene.finWasReceived = true
            scene.counters.state = .closed
        }
        guard scene.counters.state == .established else { return }
        if random.chance(3) {
            let count = random.chance(300) ? 1_100_000 : Int.random(in: 1...40, using: &random)
            scene.unread += count
            scene.counters.received += Int64(count)
        }
        if !wasLeft, random.chance(3) { scene.unread = 0 }
        if random.chance(30) { scene.counters.state = random.chance(3) ? .closed : .closeWait }
    }

    private func read(_ byteCount: Int, _ scene: ReceivingScene, _ random: inout SeededGenerator) {
        demand((1...65536).contains(byteCount) && byteCount <= scene.unread, "a wrong read")
        var bytes = [UInt8](repeating: 0, count: byteCount)
        if random.chance(20) { bytes[byteCount / 2] = 1 }
        scene.rules.inspect(bytes, now: scene.now)
        scene.unread -= byteCount
    }

    private func check(_ ending: FlowFacts.Ending, _ scene: ReceivingScene) {
        let rules = scene.rules
        let isPadded = rules.rejected == 0 && rules.padding <= ReceivingRules.maximumPadding
        switch ending {
        case .finished:
            let isEnded = scene.counters.finIsReceived || scene.finWasReceived
            demand(scene.unread == 0 && isEnded && isPadded, "a false finish")
        case .departed:
            let hasLeft = scene.unread > 0 || scene.counters.finIsReceived || rules.padding > 0
            demand(!hasLeft && isPadded, "a false end")
        case .left:
            demand(scene.unread > 0 || !isPadded || rules.padding > 0, "nothing was left")
        case .reset:
            demand(scene.counters.state == .closed && !scene.finWasReceived, "a false reset")
        case .untouched, .broken, .miscounted, .unknown:
            demand(false, "\(ending) is none of a receiver's endings")
        }
    }
}
