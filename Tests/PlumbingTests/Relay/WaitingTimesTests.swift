import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct WaitingTimesTests {
    @Test func `time is counted for the one end that was waited for`() {
        let start = Instant(nanoseconds: 7)
        var times = WaitingTimes(start)
        times.add(start + .seconds(1), .source)
        times.add(start + .seconds(3), .target)
        times.add(start + .seconds(6), [])
        times.add(start + .seconds(10), [.source, .target])
        times.add(start + .seconds(15), .source)
        #expect(times.source == .seconds(6))
        #expect(times.target == .seconds(2))
    }
}
