import LinuxSystem
import Testing

@testable import Plumbing

/// How long a peer's kernel has been silent though it was asked.
@Suite struct AnswerWatchTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    private func counters() throws -> TCPCounters {
        var counters = try unusedCounters()
        counters.state = .established
        (counters.unacknowledgedSegmentCount, counters.probeCount, counters.notSent) = (0, 0, 0)
        counters.peerWindow = 65536
        return counters
    }

    /// What a watch counts that looks ten times a second while nothing is answered any more.
    private func silence(
        after span: Instant.Span, every step: Int64 = 100, _ counters: TCPCounters
    ) -> Instant.Span {
        var watch = AnswerWatch(heartbeat: .seconds(5))
        var counters = counters
        for moment in stride(from: Int64(0), through: span.milliseconds, by: Int64.Stride(step)) {
            counters.millisecondsSinceAcknowledgement = moment
            counters.millisecondsSinceData = moment
            watch.note(counters, awaitsWord: false, start + .milliseconds(moment))
        }
        return watch.silence
    }

    @Test(arguments: [1, 7, 300] as [Int64])
    func `bytes that nobody acknowledges are a silence of their age`(seconds: Int64) throws {
        var asked = try counters()
        asked.unacknowledgedSegmentCount = 3
        let silence = silence(after: .seconds(seconds), asked)
        #expect(silence <= .seconds(seconds))
        #expect(silence + .milliseconds(300) > .seconds(seconds))
    }

    @Test func `a keepalive that nobody answers is a silence since the last answer`() throws {
        var asked = try counters()
        asked.probeCount = 1
        asked.millisecondsSinceAcknowledgement = 15_000
        asked.millisecondsSinceData = 16_000
        var watch = AnswerWatch(heartbeat: .seconds(5))
        watch.note(asked, awaitsWord: false, start)
        // What was before the host was suspended, say, is more than keepalives leave.
        #expect(watch.silence == .seconds(5))
        asked.millisecondsSinceAcknowledgement = 15_100
        watch.note(asked, awaitsWord: false, start + .milliseconds(100))
        #expect(watch.silence == .milliseconds(5_100))
    }

    @Test func `a reader who rests for hours is no silence`() throws {
        var resting = try counters()
        (resting.peerWindow, resting.notSent, resting.probeCount) = (0, 1_000_000, 3)
        #expect(silence(after: .seconds(7200), resting) == .seconds(0))
        // Where the window shrank below what was sent.
        resting.unacknowledgedSegmentCount = 5
        #expect(silence(after: .seconds(7200), resting) == .seconds(0))
    }

    @Test func `who has nothing to ask is not silent, and who is gone is not asked`() throws {
        var idle = try counters()
        #expect(silence(after: .seconds(600), idle) == .seconds(0))
        idle.unacknowledgedSegmentCount = 1
        idle.state = .closed
        #expect(silence(after: .seconds(600), idle) == .seconds(0))
    }

    @Test func `an answer ends the silence`() throws {
        var asked = try counters()
        asked.unacknowledgedSegmentCount = 1
        var watch = AnswerWatch(heartbeat: .seconds(5))
        for (moment, since, wanted) in [
            (0, 500, 0), (100, 600, 100), (200, 700, 200), (300, 40, 0), (400, 140, 100),
            (500, 30, 0),
        ] as [(Int64, Int64, Int64)] {
            asked.millisecondsSinceAcknowledgement = since
            watch.note(asked, awaitsWord: false, start + .milliseconds(moment))
            #expect(watch.silence == .milliseconds(wanted), "\(moment) ms")
        }
    }

    @Test func `a word that is missing is a silence, whatever the kernel answers`() throws {
        let idle = try counters()
        var watch = AnswerWatch(heartbeat: .seconds(5))
        for second in 0..<10 {
            watch.note(idle, awaitsWord: true, start + .seconds(Int64(second)))
        }
        #expect(watch.silence == .seconds(9))
        watch.note(idle, awaitsWord: false, start + .seconds(10))
        #expect(watch.silence == .seconds(0))
    }

    @Test func `time in which we did not run is nobody's silence`() throws {
        var asked = try counters()
        asked.unacknowledgedSegmentCount = 1
        var watch = AnswerWatch(heartbeat: .seconds(5))
        asked.millisecondsSinceAcknowledgement = 10_000
        watch.note(asked, awaitsWord: false, start)
        asked.millisecondsSinceAcknowledgement = 700_000
        watch.note(asked, awaitsWord: false, start + .seconds(600))
        #expect(watch.silence <= .seconds(1))
    }
}
