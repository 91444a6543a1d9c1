import LinuxSystem
import Plumbing
import Testing

@Suite struct BacklogWatchTests {
    /// - Parameter fills: What the buffer held at each millisecond, in thousandths.
    private func time(_ fills: [Int?]) -> Instant.Span? {
        var watch = BacklogWatch()
        for (number, fill) in fills.enumerated() {
            watch.note(fill, Instant(nanoseconds: Int64(number) * 1_000_000))
        }
        return watch.time
    }

    private let least = BacklogWatch.least

    @Test func `the time counts in which the buffer was half full`() {
        #expect(time([0, least, least * 2, 0, 1, least]) == .milliseconds(3))
    }

    @Test func `a reader that keeps up leaves no backlog`() {
        #expect(time([least * 2, 0, 1, least - 1]) == .milliseconds(0))
    }

    @Test func `a kernel that does not tell gives no time`() {
        #expect(time([]) == nil)
        #expect(time([nil, nil]) == nil)
        #expect(time([0, nil, least, nil]) == .milliseconds(2))
    }
}
