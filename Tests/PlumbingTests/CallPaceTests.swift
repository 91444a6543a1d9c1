import LinuxSystem
import Testing

@testable import Plumbing

/// When which endpoint is dialled.
@Suite struct CallPaceTests {
    private let start = Instant(nanoseconds: 1_000_000_000)
    private func endpoints(_ count: UInt16) -> [Endpoint] {
        (0..<count).map { Endpoint(.loopbackIPv4, port: 2000 + $0) }
    }

    /// When each endpoint is dialled, in milliseconds, if all fail as soon as they are dialled or
    /// never answer.
    private func moments(_ count: UInt16, isIdle: Bool) -> [Int64] {
        var pace = CallPace(endpoints(count), start)
        var found: [Int64] = []
        for millisecond in 0..<Int64(20_000) {
            let now = start + .milliseconds(millisecond)
            while let endpoint = pace.next(now, isIdle: isIdle) {
                #expect(endpoint.port == 2000 + UInt16(found.count), "out of order")
                found.append(millisecond)
            }
        }
        #expect(pace.dueAt == nil)
        return found
    }

    @Test func `the first has a second for itself, the others come each quarter of one`() {
        #expect(moments(1, isIdle: false) == [0])
        #expect(moments(5, isIdle: false) == [0, 1000, 1250, 1500, 1750])
        #expect(moments(64, isIdle: false).last == 16_500, "all are tried within -t")
    }

    @Test func `behind the second nobody waits for those that failed`() {
        #expect(moments(5, isIdle: true) == [0, 1000, 1000, 1000, 1000])
    }

    @Test func `nobody is dialled twice, and none is none`() {
        var pace = CallPace(endpoints(1), start)
        #expect(pace.next(start, isIdle: true) != nil)
        #expect(pace.next(start + .seconds(99), isIdle: true) == nil)
        #expect(CallPace([], start).dueAt == nil)
    }
}
