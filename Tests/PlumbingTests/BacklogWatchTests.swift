import LinuxSystem
import Plumbing
import Testing

@Suite struct BacklogWatchTests {
    private func time(_ unread: [Int]) -> Instant.Span {
        var watch = BacklogWatch()
        for (number, count) in unread.enumerated() {
            watch.note(count, Instant(nanoseconds: Int64(number) * 1_000_000))
        }
        return watch.time
    }

    private let least = BacklogWatch.least

    @Test func `the time counts in which there was more to read than has just come`() {
        #expect(time([0, least, least * 9, 0, 1, least]) == .milliseconds(3))
    }

    @Test func `a reader that keeps up leaves no backlog`() {
        #expect(time([least * 9, 0, 1, least - 1]) == .milliseconds(0))
    }
}
