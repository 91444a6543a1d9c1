import LinuxSystem
import Testing

@testable import Plumbing

/// Rates as they are written, and how they change while a session runs.
@Suite struct RatesTests {
    @Test(
        arguments: [
            ("20M", Rates(out: 20 << 20, back: 20 << 20)), ("0", Rates()), ("out=0", Rates()),
            ("out=20M,back=5M", Rates(out: 20 << 20, back: 5 << 20)),
            ("back=1k,out=0", Rates(out: nil, back: 1024)), ("out=7777", Rates(out: 7777)),
        ] as [(String, Rates)])
    func `one number is for each flow, and names tell them apart`(words: String, rates: Rates) {
        #expect(Rates(words) == rates)
    }

    @Test(arguments: [
        "", "=", "out=", "=5k", "up=5k", "out=5k,", ",", "out=5k,out=6k", "out=5k back=6k",
        "out=-1",
        "+5k", "out=5k=6k", "5k,6k", "out=99999999999999999999", "OUT=5k", "1023", "back=1",
    ])
    func `nothing else is a rate`(words: String) {
        #expect(Rates(words) == nil)
    }

    @Test func `the mean of limits counts each by its time, and none has no mean`() {
        let start = Instant(nanoseconds: 7_000_000_000)
        var time = PacedTime(.out, 1_000_000, from: start)
        #expect(time.mean(until: start + .seconds(3)) == 1_000_000)
        time.note(4_000_001, start + .seconds(1))
        #expect(time.mean(until: start + .seconds(3)) == 3_000_000)
        time.note(nil, start + .seconds(3))
        #expect(time.mean(until: start + .seconds(4)) == nil)
        time.note(5, start + .seconds(5))
        #expect(time.mean(until: start + .seconds(6)) == nil)
        time = PacedTime(.out, .max, from: start)
        #expect(time.mean(until: start + .seconds(3)) == nil)
    }
}
