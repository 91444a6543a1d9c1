import LinuxSystem
import Testing

@testable import Plumbing

/// When a flow whose connection is lost is looked after.
@Suite struct ReconnectingTests {
    private let start = Instant(nanoseconds: 0)
    private let limit = Instant.Span.seconds(60)

    @Test func `a meeting begins when the end that reads has said what it has`() {
        var reconnecting = Reconnecting()
        reconnecting.note(.out, start)
        #expect(reconnecting.begin(start) == nil)
        #expect(reconnecting.dueAt(within: limit, maySearch: true) == start + limit)
        reconnecting.note(.out, has: 7, start + .seconds(1))
        #expect(reconnecting.dueAt(within: limit, maySearch: true) == start)
        #expect(reconnecting.begin(start + .seconds(1))?.byteCount == 7)
        #expect(reconnecting[.out]?.began == start)
    }

    @Test func `without a login only the limit is due`() {
        var reconnecting = Reconnecting()
        reconnecting.note(.out, has: 7, start)
        #expect(reconnecting.dueAt(within: limit, maySearch: false) == start + limit)
    }

    @Test func `each meeting in vain is followed by a longer pause, up to a bound`() {
        var reconnecting = Reconnecting()
        var (now, pauses) = (start, [Int64]())
        reconnecting.note(.back, has: 0, now)
        for round in 1...6 as ClosedRange<Int64> {
            #expect(reconnecting.begin(now)?.round == round)
            reconnecting.fail(now)
            let next = reconnecting[.back]?.nextTry ?? now
            #expect(reconnecting.begin(now) == nil)
            pauses.append((next - now).seconds)
            now = next
        }
        #expect(pauses == [1, 2, 4, 8, 15, 15])
    }

    @Test func `one flow is met for after the other`() {
        var reconnecting = Reconnecting()
        reconnecting.note(.out, has: 1, start)
        reconnecting.note(.back, has: 2, start)
        #expect(reconnecting.begin(start)?.flow == .out)
        #expect(reconnecting.begin(start) == nil)
        reconnecting.fail(start)
        #expect(reconnecting.begin(start)?.flow == .back)
        #expect(reconnecting.resumed(.back, start)?.byteCount == 2)
        #expect(reconnecting.search == nil)
        #expect((reconnecting.turn(of: .back), reconnecting.turn(of: .out)) == (1, 0))
    }

    @Test func `a connection that brings nothing does not begin the time anew`() throws {
        var reconnecting = Reconnecting()
        for attempt in 0..<3 as Range<Int64> {
            let now = start + .seconds(attempt * 10)
            reconnecting.note(.out, has: 7, now)
            let loss = try #require(reconnecting[.out])
            #expect(loss.began == start && loss.tryCount == Int(attempt))
            #expect(reconnecting.begin(loss.nextTry) != nil)
            _ = reconnecting.resumed(.out, now)
            reconnecting.note(.out, resent: 1)
        }
        // One that brought something does, one that had nothing to bring, and one that lasted.
        reconnecting.note(.out, has: 8, start + .seconds(30))
        #expect(reconnecting[.out]?.began == start + .seconds(30))
        _ = reconnecting.resumed(.out, start + .seconds(31))
        reconnecting.note(.out, has: 8, start + .seconds(32))
        #expect(reconnecting[.out]?.began == start + .seconds(32))
        _ = reconnecting.resumed(.out, start + .seconds(33))
        reconnecting.note(.out, resent: 1)
        reconnecting.note(.out, has: 8, start + .seconds(60))
        #expect(reconnecting[.out]?.began == start + .seconds(60))
    }

    @Test func `a flow that has ended takes its meeting with it, and no other`() {
        var reconnecting = Reconnecting()
        reconnecting.note(.out, has: 1, start)
        reconnecting.note(.back, has: 2, start)
        _ = reconnecting.begin(start)
        _ = reconnecting.forget(.back)
        #expect(reconnecting.search?.flow == .out)
        _ = reconnecting.forget(.out)
        #expect(reconnecting.search == nil && reconnecting.losses.isEmpty)
    }
}
