import LinuxSystem
import Plumbing
import Testing

@Suite struct SendingRulesTests {
    private static let commands: [ExitStatus?] = [
        nil, .exited(0), .exited(3), .exited(137), .killed(signal: 9),
    ]

    /// The table of steps, for a look that comes long after the last byte or not.
    private func wanted(
        _ scene: SendingScene, _ state: SendingRules.State, wasIdle: Bool
    ) -> SendingRules.Step {
        let hasEnded = scene.command != nil
        let isReset = scene.seen.isClosed
        let isAcknowledged = scene.seen.endIsAcknowledged
        let failed = scene.command.map { !$0.isSuccess } ?? false
        let breaks =
            scene.command?.meansKilled ?? false || (failed && scene.rules.isStrict)
        let whenReset: SendingRules.Step =
            hasEnded && !scene.isHeld
            ? .finish(
                scene.seen.hasPendingError && scene.seen.countsSent ? .untouched : .reset) : .wait
        switch state {
        case .over: return .wait
        case .lost: return whenReset
        case .moving where isReset: return isAcknowledged ? .finish(.finished) : whenReset
        case .draining where isReset:
            return .finish(isAcknowledged ? .finished : .untouched)
        case .moving, .draining:
            if breaks { return .breakStream }
            if state == .draining {
                return isAcknowledged ? .finish(.finished) : .wait
            }
            let mayBeOver = hasEnded || (wasIdle && !scene.rules.isStrict)
            return mayBeOver && !scene.isHeld ? .shutDownWriting : .wait
        }
    }

    private func scene(_ name: String, isStrict: Bool) -> SendingScene {
        let scene =
            name == "draining" || name == "over"
            ? SendingScene.draining(isStrict: isStrict) : SendingScene(isStrict: isStrict)
        if name == "over" { scene.seen.endIsAcknowledged = true }
        if name == "lost" { scene.seen.isClosed = true }
        _ = scene.step()
        return scene
    }

    @Test(arguments: ["moving", "draining", "lost", "over"], [false, true])
    func `every state answers every event as the table says`(name: String, isStrict: Bool) {
        var wrong: [String] = []
        for command in SendingRulesTests.commands {
            for flags in 0..<64 where name != "lost" || flags & 8 != 0 {
                let scene = scene(name, isStrict: isStrict)
                let before = scene.rules.state
                scene.command = command
                scene.isHeld = flags & 1 != 0
                scene.seen.hasPendingError = flags & 2 != 0
                let wasIdle = flags & 4 != 0
                scene.seen.isClosed = flags & 8 != 0
                scene.seen.endIsAcknowledged = flags & 16 != 0
                scene.seen.countsSent = flags & 32 == 0
                let expected = wanted(scene, before, wasIdle: wasIdle)
                let step = scene.step(after: .milliseconds(wasIdle ? 100 : 1))
                if step != expected {
                    wrong.append("\(command as Any) \(flags): \(step), not \(expected)")
                }
            }
        }
        #expect(wrong == [])
    }

    @Test func `a producer that ends with 0 has its stream ended, acknowledged and finished`() {
        let scene = SendingScene()
        #expect(scene.step() == .wait)
        scene.command = .exited(0)
        scene.isHeld = false
        #expect(scene.step() == .shutDownWriting)
        #expect(scene.step() == .wait)
        #expect(scene.step(after: .seconds(3600)) == .wait, "a slow reader is not dead")
        scene.seen.endIsAcknowledged = true
        #expect(scene.step() == .finish(.finished))
        #expect(scene.rules.state == .over(.finished))
        #expect(scene.step() == .wait)
    }

    @Test func `a background child keeps the stream open until it goes`() {
        let scene = SendingScene()
        scene.command = .exited(0)
        for _ in 0..<50 { #expect(scene.step(after: .seconds(60)) == .wait) }
        scene.isHeld = false
        #expect(scene.step() == .shutDownWriting)
    }

    @Test(arguments: [126, 127, 129, 130, 137, 143, 192] as [CInt])
    func `a status that means killed breaks the stream, held or not`(status: CInt) {
        for isHeld in [true, false] {
            for ended in [ExitStatus.exited(status), .killed(signal: 9)] {
                let scene = SendingScene()
                scene.isHeld = isHeld
                scene.command = ended
                #expect(scene.step() == .breakStream)
                #expect(scene.rules.state == .over(.broken))
                #expect(scene.step() == .wait)
                #expect(scene.questionCount == 0)
            }
        }
    }

    @Test(arguments: [1, 2, 125, 128, 193, 255] as [CInt])
    func `another status delivers every byte, unless strict`(status: CInt) {
        for isStrict in [false, true] {
            let scene = SendingScene(isStrict: isStrict)
            scene.isHeld = false
            scene.command = .exited(status)
            #expect(scene.step() == (isStrict ? .breakStream : .shutDownWriting))
        }
    }

    @Test func `strict sends no end of stream before the status is known`() {
        let scene = SendingScene(isStrict: true)
        scene.isHeld = false
        for _ in 0..<100 { #expect(scene.step(after: .seconds(1)) == .wait) }
        #expect(scene.questionCount == 0)
        scene.command = .exited(0)
        #expect(scene.step() == .shutDownWriting)
    }

    @Test func `a producer that closes its output and runs on ends the stream`() {
        let scene = SendingScene()
        _ = scene.step()
        scene.isHeld = false
        #expect(scene.step(after: .milliseconds(89)) == .wait)
        #expect(scene.step(after: .milliseconds(1)) == .shutDownWriting)
        // Its later end changes nothing once the end of stream was acknowledged.
        scene.seen.endIsAcknowledged = true
        #expect(scene.step() == .finish(.finished))
        scene.command = .killed(signal: 9)
        #expect(scene.step() == .wait)
    }

    @Test func `nobody is asked for while bytes move`() {
        let scene = SendingScene()
        for _ in 0..<100 {
            scene.seen.acknowledged += 1
            #expect(scene.step(after: .seconds(1)) == .wait)
        }
        #expect(scene.questionCount == 0)
    }

    @Test func `a reset is lost until the producer ends`() {
        let scene = SendingScene()
        scene.seen.isClosed = true
        scene.seen.hasPendingError = true
        scene.isHeld = false
        #expect(scene.step(after: .seconds(60)) == .wait)
        #expect(scene.rules.state == .lost)
        scene.command = .killed(signal: 13)
        scene.isHeld = true
        #expect(scene.step() == .wait, "a child of it may still be told by the error")
        scene.isHeld = false
        scene.seen.hasPendingError = false
        #expect(scene.step() == .finish(.reset))
    }

    @Test func `a reset that nobody noticed leaves the stream untouched`() {
        let scene = SendingScene()
        scene.seen.isClosed = true
        scene.seen.hasPendingError = true
        scene.command = .exited(0)
        scene.isHeld = false
        #expect(scene.step() == .finish(.untouched))
    }
}
