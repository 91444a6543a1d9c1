import LinuxSystem
import Plumbing
import Testing

@Suite struct ReceivingRulesTests {
    private static let commands: [ExitStatus?] = [nil, .exited(0), .exited(3), .killed(signal: 9)]
    private static let states: [TCPCounters.State] = [
        .established, .finWait2, .closeWait, .lastAck, .closed,
    ]

    /// What a look decides once nobody reads any more.
    private func wantedLingering(_ scene: ReceivingScene, isLate: Bool) -> ReceivingRules.Step {
        let failed = scene.command.map { !$0.isSuccess } ?? false
        if scene.counters.state == .closed, !scene.finWasReceived { return .finish(.reset) }
        if scene.unread > 0 {
            return failed ? .finish(.left) : .read(byteCount: min(scene.unread, 65536))
        }
        if [.closeWait, .lastAck, .closed].contains(scene.counters.state) {
            return .finish(.finished)
        }
        return failed || isLate ? .finish(.departed) : .wait
    }

    /// Every event, in one state.
    private func wrongAnswers(
        _ start: () throws -> ReceivingScene,
        wanted: (ReceivingScene, _ isLate: Bool) -> ReceivingRules.Step
    ) throws -> [String] {
        var wrong: [String] = []
        for command in ReceivingRulesTests.commands {
            for state in ReceivingRulesTests.states {
                // That an end was there tells only of a connection that is closed.
                let count = state == .closed ? 8 : 4
                for (flags, unread) in (0..<count).flatMap({ flags in
                    [0, 1, 65536, 65537].map { (flags, $0) }
                }) {
                    let scene = try start()
                    scene.command = command
                    scene.counters.state = state
                    scene.unread = unread
                    scene.counters.received = Int64(unread)
                    scene.isHeld = flags & 1 != 0
                    scene.finWasReceived = flags & 4 != 0
                    let isLate = flags & 2 != 0
                    let expected = wanted(scene, isLate)
                    let step = scene.step(after: .milliseconds(isLate ? 250 : 1))
                    if step != expected {
                        wrong.append("\(command as Any) \(state) \(unread) \(flags): \(step)")
                    }
                }
            }
        }
        return wrong
    }

    @Test func `while bytes move every event is answered as the table says`() throws {
        let wrong = try wrongAnswers {
            let scene = try ReceivingScene()
            _ = scene.step()
            return scene
        } wanted: { scene, isLate in
            // A pause of 250 ms is long enough to look who still reads.
            guard scene.command != nil || isLate, !scene.isHeld else { return .wait }
            return wantedLingering(scene, isLate: false)
        }
        #expect(wrong == [])
    }

    @Test func `when nobody reads any more every event is answered as the table says`() throws {
        let wrong = try wrongAnswers {
            try ReceivingScene.lingering()
        } wanted: { scene, isLate in
            wantedLingering(scene, isLate: isLate)
        }
        #expect(wrong == [])
    }

    @Test func `what is over answers no event`() throws {
        let wrong = try wrongAnswers {
            let scene = try ReceivingScene.lingering()
            scene.counters.state = .closeWait
            _ = scene.step()
            return scene
        } wanted: { _, _ in
            .wait
        }
        #expect(wrong == [])
    }

    @Test func `a consumer that reads to the end finishes`() throws {
        let scene = try ReceivingScene()
        scene.counters.received = 1_000_000
        #expect(scene.step() == .wait)
        scene.counters.state = .closeWait
        #expect(scene.step(after: .seconds(60)) == .wait, "it still has what to write")
        scene.command = .exited(0)
        scene.isHeld = false
        #expect(scene.step() == .finish(.finished))
    }

    @Test func `an end of stream that is late by less than 200 ms still counts`() throws {
        let scene = try ReceivingScene.lingering()
        #expect(scene.step(after: .milliseconds(198)) == .wait)
        scene.counters.state = .closeWait
        #expect(scene.step() == .finish(.finished))
    }

    @Test func `an end of stream that is later than 200 ms is not waited for`() throws {
        let scene = try ReceivingScene.lingering()
        #expect(scene.step(after: .milliseconds(199)) == .wait)
        #expect(scene.step() == .finish(.departed))
        scene.counters.state = .closeWait
        #expect(scene.step() == .wait)
    }

    @Test(arguments: [true, false, nil])
    func `a connection that is closed may have ended before, as the other end says`(
        word: Bool?
    ) throws {
        let scene = try ReceivingScene.lingering()
        scene.counters.state = .closed
        scene.awaitsWord = true
        #expect(scene.step() == .wait)
        if let word {
            (scene.awaitsWord, scene.finWasReceived) = (false, word)
            #expect(scene.step() == .finish(word ? .finished : .reset))
        } else {
            #expect(scene.step(after: .milliseconds(1990)) == .wait)
            #expect(scene.step(after: .milliseconds(11)) == .finish(.reset))
        }
    }

    @Test func `a background child that may read keeps the stream open`() throws {
        let scene = try ReceivingScene()
        scene.command = .exited(0)
        for _ in 0..<50 { #expect(scene.step(after: .seconds(60)) == .wait) }
        scene.isHeld = false
        scene.counters.state = .closeWait
        #expect(scene.step() == .finish(.finished))
    }

    @Test func `a consumer that closes its input and runs on is noticed`() throws {
        let scene = try ReceivingScene()
        _ = scene.step()
        scene.isHeld = false
        #expect(scene.step(after: .milliseconds(89)) == .wait)
        #expect(scene.step(after: .milliseconds(1)) == .wait, "the end of stream may come yet")
        #expect(scene.step(after: .milliseconds(200)) == .finish(.departed))
    }

    @Test func `a reader behind a full window is noticed by what it does not read`() throws {
        let scene = try ReceivingScene()
        scene.isHeld = false
        // Bytes arrive, and nobody reads one of them.
        for step in 1...8 {
            scene.counters.received += 1000
            scene.unread += 1000
            let answer = scene.step(after: .milliseconds(10))
            #expect(answer == .wait, "look \(step)")
        }
        scene.counters.received += 1000
        scene.unread += 1000
        #expect(scene.step(after: .milliseconds(30)) == .read(byteCount: 9000))
    }

    @Test func `nobody is asked for while a consumer reads`() throws {
        let scene = try ReceivingScene()
        for _ in 0..<100 {
            scene.counters.received += 1
            #expect(scene.step(after: .seconds(1)) == .wait)
        }
        #expect(scene.questionCount == 0)
    }

    @Test(arguments: [ExitStatus.exited(1), .killed(signal: 13)])
    func `a consumer that failed is not waited for`(status: ExitStatus) throws {
        let scene = try ReceivingScene()
        scene.command = status
        scene.isHeld = false
        #expect(scene.step() == .finish(.departed))
    }
}
