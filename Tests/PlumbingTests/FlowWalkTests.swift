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
        if random.chance(2) { scene.seen.acknowledged += 1 }
        if scene.seen.isClosed { return }
        if random.chance(60) {
            scene.seen.isClosed = true
            scene.seen.hasPendingError = random.chance(2)
        } else if hasShutDown, random.chance(6) {
            scene.seen.endIsAcknowledged = true
        }
    }

    private func isBreaking(_ command: ExitStatus?, isStrict: Bool) -> Bool {
        guard let command else { return false }
        return command.meansKilled || (isStrict && !command.isSuccess)
    }

    @Test func `a sender ends its stream once, on purpose, and says so truly`() {
        var random = SeededGenerator(seed: 11)
        var endings: [FlowFacts.Ending: Int] = [:]
        for _ in 0..<5_000 {
            let scene = SendingScene(isStrict: random.chance(3))
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
        let isReset = scene.seen.isClosed
        let mayNobodyWrite = !scene.isHeld && scene.command != nil
        switch step {
        case .wait: break
        case .shutDownWriting:
            demand(!hasShutDown && !scene.isHeld && !breaks && !isReset, "a wrong shutdown")
            demand(scene.command != nil || !scene.rules.isStrict, "a shutdown before the status")
        case .breakStream: demand(breaks && !isReset, "broken without a reason")
        case .finish(.finished):
            demand(hasShutDown && scene.seen.endIsAcknowledged && !breaks, "a false finish")
        case .finish(.reset): demand(isReset && !hasShutDown && mayNobodyWrite, "a false reset")
        case .finish(.untouched):
            let isSure = hasShutDown || (mayNobodyWrite && scene.seen.hasPendingError)
            demand(isReset && isSure, "not known to be untouched")
        case .finish(let ending): demand(false, "\(ending) is none of a sender's endings")
        }
    }

    @Test func `a receiver ends once, and finished only what was read to its end`() {
        var random = SeededGenerator(seed: 12)
        var endings: [FlowFacts.Ending: Int] = [:]
        for _ in 0..<5_000 {
            let scene = ReceivingScene()
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
        if scene.seen.endIsReceived, random.chance(6) { scene.seen.isClosed = true }
        guard !scene.seen.isClosed, !scene.seen.endIsReceived else { return }
        if random.chance(3) {
            let count = random.chance(300) ? 1_100_000 : Int.random(in: 1...40, using: &random)
            scene.seen.unread += count
            scene.seen.received += Int64(count)
        }
        if !wasLeft, random.chance(3) { scene.seen.unread = 0 }
        guard random.chance(30) else { return }
        if random.chance(3) { scene.seen.isClosed = true } else { scene.seen.endIsReceived = true }
    }

    private func read(_ byteCount: Int, _ scene: ReceivingScene, _ random: inout SeededGenerator) {
        demand((1...65536).contains(byteCount) && byteCount <= scene.seen.unread, "a wrong read")
        var bytes = [UInt8](repeating: 0, count: byteCount)
        if random.chance(20) { bytes[byteCount / 2] = 1 }
        scene.rules.inspect(bytes, now: scene.now)
        scene.seen.unread -= byteCount
    }

    private func check(_ ending: FlowFacts.Ending, _ scene: ReceivingScene) {
        let rules = scene.rules
        let isPadded = rules.rejected == 0 && rules.padding <= ReceivingRules.maximumPadding
        switch ending {
        case .finished:
            demand(scene.seen.unread == 0 && scene.seen.endIsReceived && isPadded, "a false finish")
        case .departed:
            let hasLeft = scene.seen.unread > 0 || scene.seen.endIsReceived || rules.padding > 0
            demand(!hasLeft && isPadded, "a false end")
        case .left:
            demand(scene.seen.unread > 0 || !isPadded || rules.padding > 0, "nothing was left")
        case .reset:
            demand(scene.seen.isClosed && !scene.seen.endIsReceived, "a false reset")
        case .untouched, .broken, .miscounted, .altered, .truncated, .unknown:
            demand(false, "\(ending) is none of a receiver's endings")
        }
    }
}
