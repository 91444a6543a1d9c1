import LinuxSystem
import Plumbing
import Testing

@Suite struct ReceivingRulesTests {
    private static let commands: [ExitStatus?] = [nil, .exited(0), .exited(3), .killed(signal: 9)]

    /// What a look decides once nobody reads any more.
    private func wantedLingering(_ scene: ReceivingScene, isLate: Bool) -> ReceivingRules.Step {
        let failed = scene.command.map { !$0.isSuccess } ?? false
        if scene.seen.isClosed, !scene.seen.endIsReceived { return .finish(.reset) }
        if scene.seen.unread > 0 {
            return failed ? .finish(.left) : .read(byteCount: min(scene.seen.unread, 65536))
        }
        if scene.seen.endIsReceived { return .finish(.finished) }
        return failed || isLate ? .finish(.departed) : .wait
    }

    /// Every event, in one state.
    private func wrongAnswers(
        _ start: () -> ReceivingScene,
        wanted: (ReceivingScene, _ isLate: Bool) -> ReceivingRules.Step
    ) -> [String] {
        var wrong: [String] = []
        for command in ReceivingRulesTests.commands {
            for flags in 0..<16 {
                for unread in [0, 1, 65536, 65537] {
                    let scene = start()
                    scene.command = command
                    scene.seen.unread = unread
                    scene.seen.received = Int64(unread)
                    scene.isHeld = flags & 1 != 0
                    scene.seen.isClosed = flags & 4 != 0
                    scene.seen.endIsReceived = flags & 8 != 0
                    let isLate = flags & 2 != 0
                    let expected = wanted(scene, isLate)
                    let step = scene.step(after: .milliseconds(isLate ? 250 : 1))
                    if step != expected {
                        wrong.append("\(command as Any) \(unread) \(flags): \(step)")
                    }
                }
            }
        }
        return wrong
    }

    @Test func `while bytes move every event is answered as the table says`() {
        let wrong = wrongAnswers {
            let scene = ReceivingScene()
            _ = scene.step()
            return scene
        } wanted: { scene, isLate in
            // A pause of 250 ms is long enough to look who still reads.
            guard scene.command != nil || isLate, !scene.isHeld else { return .wait }
            return wantedLingering(scene, isLate: false)
        }
        #expect(wrong == [])
    }

    @Test func `when nobody reads any more every event is answered as the table says`() {
        let wrong = wrongAnswers {
            ReceivingScene.lingering()
        } wanted: { scene, isLate in
            wantedLingering(scene, isLate: isLate)
        }
        #expect(wrong == [])
    }

    @Test func `what is over answers no event`() {
        let wrong = wrongAnswers {
            let scene = ReceivingScene.lingering()
            scene.seen.endIsReceived = true
            _ = scene.step()
            return scene
        } wanted: { _, _ in
            .wait
        }
        #expect(wrong == [])
    }

    @Test func `a consumer that reads to the end finishes`() {
        let scene = ReceivingScene()
        scene.seen.received = 1_000_000
        #expect(scene.step() == .wait)
        scene.seen.endIsReceived = true
        #expect(scene.step(after: .seconds(60)) == .wait, "it still has what to write")
        scene.command = .exited(0)
        scene.isHeld = false
        #expect(scene.step() == .finish(.finished))
    }

    @Test func `an end of stream that is late by less than 200 ms still counts`() {
        let scene = ReceivingScene.lingering()
        #expect(scene.step(after: .milliseconds(198)) == .wait)
        scene.seen.endIsReceived = true
        #expect(scene.step() == .finish(.finished))
    }

    @Test func `an end of stream that is later than 200 ms is not waited for`() {
        let scene = ReceivingScene.lingering()
        #expect(scene.step(after: .milliseconds(199)) == .wait)
        #expect(scene.step() == .finish(.departed))
        scene.seen.endIsReceived = true
        #expect(scene.step() == .wait)
    }

    @Test(arguments: [true, false, nil])
    func `a connection that is closed may have ended before, as the other end says`(
        word: Bool?
    ) {
        let scene = ReceivingScene.lingering()
        scene.seen.isClosed = true
        scene.awaitsWord = true
        #expect(scene.step() == .wait)
        if let word {
            (scene.awaitsWord, scene.seen.endIsReceived) = (false, word)
            #expect(scene.step() == .finish(word ? .finished : .reset))
        } else {
            #expect(scene.step(after: .milliseconds(1990)) == .wait)
            #expect(scene.step(after: .milliseconds(11)) == .finish(.reset))
        }
    }

    @Test func `a background child that may read keeps the stream open`() {
        let scene = ReceivingScene()
        scene.command = .exited(0)
        for _ in 0..<50 { #expect(scene.step(after: .seconds(60)) == .wait) }
        scene.isHeld = false
        scene.seen.endIsReceived = true
        #expect(scene.step() == .finish(.finished))
    }

    @Test func `a consumer that closes its input and runs on is noticed`() {
        let scene = ReceivingScene()
        _ = scene.step()
        scene.isHeld = false
        #expect(scene.step(after: .milliseconds(89)) == .wait)
        #expect(scene.step(after: .milliseconds(1)) == .wait, "the end of stream may come yet")
        #expect(scene.step(after: .milliseconds(200)) == .finish(.departed))
    }

    @Test func `a reader behind a full window is noticed by what it does not read`() {
        let scene = ReceivingScene()
        scene.isHeld = false
        // Bytes arrive, and nobody reads one of them.
        for step in 1...8 {
            scene.seen.received += 1000
            scene.seen.unread += 1000
            let answer = scene.step(after: .milliseconds(10))
            #expect(answer == .wait, "look \(step)")
        }
        scene.seen.received += 1000
        scene.seen.unread += 1000
        #expect(scene.step(after: .milliseconds(30)) == .read(byteCount: 9000))
    }

    @Test func `nobody is asked for while a consumer reads`() {
        let scene = ReceivingScene()
        for _ in 0..<100 {
            scene.seen.received += 1
            #expect(scene.step(after: .seconds(1)) == .wait)
        }
        #expect(scene.questionCount == 0)
    }

    @Test(arguments: [ExitStatus.exited(1), .killed(signal: 13)])
    func `a consumer that failed is not waited for`(status: ExitStatus) {
        let scene = ReceivingScene()
        scene.command = status
        scene.isHeld = false
        #expect(scene.step() == .finish(.departed))
    }
}
