import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct IdlenessTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    /// When a flow that last moved at the start is looked at, asked every millisecond.
    private func looks(until end: Int64) -> [Int64] {
        var idle = Idleness()
        idle.look(start, progress: 5)
        return (0...end).filter { moment in
            let now = start + .milliseconds(moment)
            idle.look(now, progress: 5)
            return idle.isDue(now)
        }
    }

    @Test func `a flow that stands still is looked at every 90 ms, after 10 s every second`() {
        let looks = looks(until: 15_000)
        let gaps = zip(looks.dropFirst(), looks).map { $0 - $1 }
        #expect(looks.first == 90)
        #expect(gaps.prefix(100).allSatisfy { $0 == 90 })
        #expect(gaps.suffix(4).allSatisfy { $0 == 1_000 })
    }

    @Test func `progress puts the next look off`() {
        var idle = Idleness()
        for moment: Int64 in stride(from: 0, to: 10_000, by: 80) {
            let now = start + .milliseconds(moment)
            idle.look(now, progress: moment)
            let isDue = idle.isDue(now)
            #expect(!isDue)
        }
    }

    @Test func `progress that wraps or goes back is still progress`() {
        var idle = Idleness()
        for (step, progress) in [Int64.max, .min, 0, -1, 7, 6].enumerated() {
            let now = start + .milliseconds(Int64(step) * 89)
            idle.look(now, progress: progress)
            let isDue = idle.isDue(now)
            #expect(!isDue)
        }
    }
}
