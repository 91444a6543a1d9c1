import LinuxSystem
import Plumbing
import Testing

@Suite struct LivenessTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    /// Looks as the loop does, at each of its moments, until an instant.
    ///
    /// - Returns: When heartbeats were due.
    private func look(_ liveness: inout Liveness, until end: Instant) -> [Instant] {
        var beats: [Instant] = []
        while liveness.nextLook <= end {
            let now = liveness.nextLook
            if liveness.look(now) { beats.append(now) }
        }
        return beats
    }

    @Test func `silence is too long at its limit and not before`() {
        var liveness = Liveness(limit: .seconds(300), now: start)
        _ = look(&liveness, until: start + .seconds(299))
        #expect(!liveness.isSilentTooLong)
        _ = look(&liveness, until: start + .seconds(300))
        #expect(liveness.isSilentTooLong)
    }

    @Test func `a sign of life begins the silence anew`() {
        var liveness = Liveness(limit: .seconds(60), now: start)
        _ = look(&liveness, until: start + .seconds(59))
        liveness.heard()
        _ = look(&liveness, until: start + .seconds(110))
        #expect(!liveness.isSilentTooLong)
        _ = look(&liveness, until: start + .seconds(125))
        #expect(liveness.isSilentTooLong)
    }

    @Test func `nothing is dead sooner than its limit after the last sign of life`() throws {
        var random = SeededGenerator(seed: 10)
        for limit: Int64 in [1, 4, 5, 6, 20] {
            var liveness = Liveness(limit: .seconds(limit), now: start)
            var (now, heard) = (start, start)
            var silences: [Instant.Span] = []
            for _ in 0..<5_000 {
                now = now + .milliseconds(Int64.random(in: 1...2_000, using: &random))
                if random.chance(8) {
                    liveness.heard()
                    heard = now
                }
                if now >= liveness.nextLook { _ = liveness.look(now) }
                if liveness.isSilentTooLong {
                    silences.append(now - heard)
                    liveness.heard()
                    heard = now
                }
            }
            let shortest = try #require(silences.min())
            #expect(shortest >= .seconds(limit))
        }
    }

    @Test func `silence is noticed soon after its limit`() {
        for limit: Int64 in [1, 5, 7, 300] {
            var liveness = Liveness(limit: .seconds(limit), now: start)
            liveness.heard()
            _ = look(&liveness, until: start + .seconds(limit) + .seconds(10))
            #expect(liveness.isSilentTooLong)
        }
    }

    @Test func `time we slept through is not silence`() {
        var liveness = Liveness(limit: .seconds(30), now: start)
        var now = start
        for _ in 0..<5 {
            now = now + .seconds(3600)
            _ = liveness.look(now)
        }
        #expect(!liveness.isSilentTooLong, "five looks are 25 s at most")
        _ = liveness.look(now + .seconds(5))
        #expect(liveness.isSilentTooLong)
    }

    @Test func `a heartbeat is due every 15 seconds, and once after a sleep`() {
        var liveness = Liveness(limit: .seconds(300), now: start)
        let beats = look(&liveness, until: start + .seconds(60))
        #expect(beats == [15, 30, 45, 60].map { start + .seconds($0) })
        let woken = start + .seconds(4000)
        let due = [woken, woken + .seconds(5)].map { liveness.look($0) }
        #expect(due == [true, false])
    }

    @Test func `what is heard changes nothing about our own heartbeats`() {
        var liveness = Liveness(limit: .seconds(300), now: start)
        var beats = 0
        for second: Int64 in 1...60 {
            liveness.heard()
            let now = start + .seconds(second)
            if now >= liveness.nextLook, liveness.look(now) { beats += 1 }
        }
        #expect(beats == 4)
    }
}
