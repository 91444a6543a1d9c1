import LinuxSystem
import Testing

@testable import Plumbing

/// How long a peer's kernel has been silent though it was asked.
@Suite struct AnswerWatchTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    /// A kernel that has to answer something.
    private var asked: Observation {
        var seen = Observation()
        seen.awaitsAnswer = true
        return seen
    }

    /// What a watch counts that looks ten times a second while nothing is answered any more.
    private func silence(after span: Instant.Span, _ seen: Observation) -> Instant.Span {
        var watch = AnswerWatch(heartbeat: .seconds(5))
        var seen = seen
        for moment in stride(from: Int64(0), through: span.milliseconds, by: 100) {
            seen.silentFor = .milliseconds(moment)
            watch.note(seen, awaitsWord: false, start + .milliseconds(moment))
        }
        return watch.silence
    }

    @Test(arguments: [1, 7, 300] as [Int64])
    func `bytes that nobody acknowledges are a silence of their age`(seconds: Int64) {
        let silence = silence(after: .seconds(seconds), asked)
        #expect(silence <= .seconds(seconds))
        #expect(silence + .milliseconds(300) > .seconds(seconds))
    }

    @Test func `a keepalive that nobody answers is a silence since the last answer`() {
        var asked = asked
        asked.isProbed = true
        asked.silentFor = .seconds(15)
        var watch = AnswerWatch(heartbeat: .seconds(5))
        watch.note(asked, awaitsWord: false, start)
        // What was before the host was suspended, say, is more than keepalives leave.
        #expect(watch.silence == .seconds(5))
        asked.silentFor = .milliseconds(15_100)
        watch.note(asked, awaitsWord: false, start + .milliseconds(100))
        #expect(watch.silence == .milliseconds(5_100))
    }

    @Test func `who has nothing to answer is not silent`() {
        #expect(silence(after: .seconds(600), Observation()) == .seconds(0))
    }

    /// What a kernel would have to answer whose segments are all acknowledged and that takes more.
    private func awaitsAnswer(_ change: (inout TCPCounters) -> Void) throws -> Bool {
        let (channel, _) = try MeetingPlace.channels()
        var counters = try TCPCounters(of: channel.descriptor)
        counters.state = .established
        (counters.unacknowledgedSegmentCount, counters.probeCount, counters.notSent) = (0, 0, 0)
        counters.peerWindow = 65536
        change(&counters)
        return channel.counted(counters).awaitsAnswer
    }

    @Test func `what was sent is to be answered, and a keepalive`() throws {
        #expect(try !awaitsAnswer { _ in })
        #expect(try awaitsAnswer { $0.unacknowledgedSegmentCount = 3 })
        #expect(try awaitsAnswer { $0.probeCount = 1 })
        #expect(try awaitsAnswer { ($0.notSent, $0.retransmitBackoff) = (9, 1) })
    }

    @Test func `a reader who rests for hours need not answer, nor who is gone`() throws {
        #expect(
            try !awaitsAnswer { ($0.peerWindow, $0.notSent, $0.probeCount) = (0, 1_000_000, 3) })
        // Where the window shrank below what was sent.
        #expect(
            try !awaitsAnswer {
                ($0.peerWindow, $0.notSent, $0.unacknowledgedSegmentCount) = (0, 1_000_000, 5)
            })
        #expect(try !awaitsAnswer { ($0.unacknowledgedSegmentCount, $0.state) = (1, .closed) })
    }

    @Test func `an answer ends the silence`() {
        var asked = asked
        var watch = AnswerWatch(heartbeat: .seconds(5))
        for (moment, since, wanted) in [
            (0, 500, 0), (100, 600, 100), (200, 700, 200), (300, 40, 0), (400, 140, 100),
            (500, 30, 0),
        ] as [(Int64, Int64, Int64)] {
            asked.silentFor = .milliseconds(since)
            watch.note(asked, awaitsWord: false, start + .milliseconds(moment))
            #expect(watch.silence == .milliseconds(wanted), "\(moment) ms")
        }
    }

    @Test func `a word that is missing is a silence, whatever the kernel answers`() {
        let idle = Observation()
        var watch = AnswerWatch(heartbeat: .seconds(5))
        for second in 0..<10 {
            watch.note(idle, awaitsWord: true, start + .seconds(Int64(second)))
        }
        #expect(watch.silence == .seconds(9))
        watch.note(idle, awaitsWord: false, start + .seconds(10))
        #expect(watch.silence == .seconds(0))
    }

    @Test func `time in which we did not run is nobody's silence`() {
        var asked = asked
        var watch = AnswerWatch(heartbeat: .seconds(5))
        asked.silentFor = .seconds(10)
        watch.note(asked, awaitsWord: false, start)
        asked.silentFor = .seconds(700)
        watch.note(asked, awaitsWord: false, start + .seconds(600))
        #expect(watch.silence <= .seconds(1))
    }
}
