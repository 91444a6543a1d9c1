import LinuxSystem
import Relaying
import Testing

@testable import Plumbing

/// What a program is told of a session that runs.
@Suite struct ProgressEventsTests {
    private let start = Instant(nanoseconds: 5_000_000_000)
    private let moment = WallTime(milliseconds: 1_796_027_107_042)

    @Test func `an interval has its own rate, the mean, the share and the time left`() {
        var events = ProgressEvents(start)
        var sight = ProgressEvents.Sight(.out, byteCount: 1000)
        sight.size = 8000
        _ = events.interval([sight], start + .seconds(1), moment)
        sight.byteCount = 4000
        sight.limit = 9
        sight.buffer = FeedFacts.Buffer(capacity: 64)
        #expect(
            events.interval([sight], start + .seconds(2), moment).line == """
                {"event": "interval","data": {"time": "2026-11-30T08:25:07.042Z","seconds": 2.000,\
                "interval_seconds": 1.000,"flows": [{"direction": "out","bytes": 4000,\
                "bytes_per_second": 3000,"mean_bytes_per_second": 2000,"size": 8000,\
                "percent": 50.000,"seconds_left": 2,"limit_bytes_per_second": 9,\
                "idle_seconds": 0.000,"stalled": false,"ended": false,\
                "buffer": {"capacity_bytes": 64,"fill_bytes": 0,"stops": 0}}]}}

                """)
    }

    @Test func `a flow that moves nothing for five seconds is stalled, unless it has ended`() {
        var events = ProgressEvents(start)
        var sight = ProgressEvents.Sight(.back, byteCount: 7)
        for second in 1...9 as ClosedRange<Int64> {
            let line = events.interval([sight], start + .seconds(second), moment).line
            #expect(line.contains("\"idle_seconds\": \(second - 1).000,"))
            #expect(line.contains("\"stalled\": \(second > 5),"))
        }
        sight.endedAt = start + .seconds(9)
        let line = events.interval([sight], start + .seconds(10), moment).line
        #expect(line.contains("\"stalled\": false,\"ended\": true"))
    }

    @Test func `each loss and each return is told once, with the time when it was`() throws {
        var events = ProgressEvents(start)
        var losses = LossFacts()
        func lines(_ second: Int64) -> [String] {
            events.losses(losses, start + .seconds(second), moment).map { $0.line }
        }
        let cuts = [
            CutFacts(.out, at: start + .milliseconds(500)), CutFacts(nil, at: start + .seconds(1)),
        ]
        losses.cuts = [cuts[0]]
        #expect(
            lines(1) == [
                """
                {"event": "cut","data": {"time": "2026-11-30T08:25:06.542Z","seconds": 0.500,\
                "what": "out"}}

                """
            ])
        #expect(lines(2) == [])
        // One went on; another came and went between two looks.
        losses.cuts = []
        losses.reconnects = [
            ReconnectFacts(cuts[0], after: .seconds(2), tries: 1, bytes: 9, resent: 4),
            ReconnectFacts(cuts[1], after: .milliseconds(100), tries: 2),
        ]
        let told = lines(3)
        #expect(told.count == 3)
        #expect(
            told.first?.hasSuffix(
                "\"seconds\": 2.500,\"what\": \"out\",\"after_seconds\": 2.000,"
                    + "\"bytes\": 9,\"resent_bytes\": 4,\"tries\": 1}}\n") == true)
        #expect(told.dropFirst().map { $0.contains("\"cut\"") } == [true, false])
        #expect(told.dropFirst().allSatisfy { $0.contains("\"what\": \"login\"") })
        #expect(lines(4) == [])
    }

    @Test func `what is not known is null, and any numbers are a line`() {
        let extremes: [Int64?] = [nil, 0, 1, 1 << 40, .max]
        for size in extremes {
            for count in extremes {
                var events = ProgressEvents(start)
                var sight = ProgressEvents.Sight(.out, byteCount: count ?? 5)
                sight.size = size
                for span in [0, 1, 1 << 30] as [Int64] {
                    let now = start + .milliseconds(span)
                    let line = events.interval([sight], now, moment).line
                    #expect(line.split(separator: "\n").count == 1 && line.hasSuffix("}}\n"))
                    let isKnown = size.map { $0 > 0 && $0 >= sight.byteCount } ?? false
                    #expect(line.contains("\"percent\": null") == !isKnown, "\(line)")
                }
            }
        }
    }
}
