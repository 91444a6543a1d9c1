import LinuxSystem
import Plumbing
import Testing

@Suite struct BacklogWatchTests {
    /// - Parameter waits: Whether bytes waited at each millisecond.
    private func time(_ waits: [Bool?]) -> Instant.Span? {
        var watch = BacklogWatch()
        for (number, isWaiting) in waits.enumerated() {
            watch.note(isWaiting, Instant(nanoseconds: Int64(number) * 1_000_000))
        }
        return watch.time
    }

    @Test func `the time counts before each moment at which bytes waited`() {
        #expect(time([false, true, true, false, false, true]) == .milliseconds(3))
        #expect(time([true, false, false]) == .milliseconds(0))
    }

    @Test func `a kernel that does not tell gives no time`() {
        #expect(time([]) == nil)
        #expect(time([nil, nil]) == nil)
        #expect(time([false, nil, true, nil]) == .milliseconds(2))
    }
}
