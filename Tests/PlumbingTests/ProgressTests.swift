import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct ProgressTests {
    private let start = Instant(nanoseconds: 5_000_000_000)

    @Test func `a line tells the total, the rate now, the mean rate and the time`() {
        var progress = Progress(start)
        #expect(
            progress.line(start + .seconds(1), byteCount: 1_000_000).whole
                == "1.00 MB  1.00 MB/s (mean 1.00 MB/s)  0:00:01")
        #expect(
            progress.line(start + .seconds(3_661), byteCount: 1_000_000).whole
                == "1.00 MB  0 B/s (mean 273 B/s)  1:01:01")
    }

    @Test func `while nothing moves, what it waits for stands in the place of the rate`() {
        var progress = Progress(start)
        let cut = CutFacts(.out, at: start + .seconds(1))
        let pause = cut.progress(start + .milliseconds(13_900), within: .seconds(60))
        #expect(
            progress.line(start + .seconds(20), byteCount: 2_000_000, pause: pause).whole
                == "2.00 MB  reconnecting (12 s of 60) (mean 100 kB/s)  0:00:20")
        let login = CutFacts(nil, at: start).progress(start + .seconds(3), within: .seconds(60))
        #expect(login == "logging in again (3 s of 60)")
    }

    @Test func `the rate now is of the last two seconds`() throws {
        var progress = Progress(start)
        // 100 bytes a second for ten seconds, drawn five times a second, then 1000 a second.
        for tick in 1...50 as ClosedRange<Int64> {
            _ = progress.line(start + .milliseconds(tick * 200), byteCount: tick * 20).whole
        }
        var rates: [String] = []
        for tick in 51...65 as ClosedRange<Int64> {
            let line = progress.line(
                start + .milliseconds(tick * 200), byteCount: 1_000 + (tick - 50) * 200
            ).whole
            rates.append(try #require(line.split(separator: "  ").dropFirst().first).description)
        }
        #expect(rates[0].hasPrefix("190 B/s"))
        #expect(rates[9].hasPrefix("1.00 kB/s"))
        #expect(rates[14].hasPrefix("1.00 kB/s"))
    }

    @Test(
        arguments: [
            (250, 1_000, "25 %  ETA 0:00:03"), (1, 1_000, "0 %  ETA 0:16:39"),
            (149, 150, "99 %  ETA 0:00:00"), (999, 1_000, "99 %  ETA 0:00:00"),
            (0, 10, "ETA unknown"), (1, .max, "ETA unknown"),
            (1_000, 1_000_000_000_000, "0 %  ETA 277777:46:39"),
        ] as [(Int64, Int64, String)])
    func `with a size it tells the share and the time left`(
        byteCount: Int64, size: Int64, left: String
    ) {
        var progress = Progress(start, expected: size)
        let line = progress.line(start + .seconds(1), byteCount: byteCount).whole
        #expect(line.hasSuffix("  0:00:01  " + left))
    }

    @Test func `what is dropped first for want of room says least`() {
        var progress = Progress(start, expected: 4_000_000_000)
        let line = progress.line(start + .seconds(155), byteCount: 1_250_000_000)
        let lines = [
            "1.25 GB  8.06 MB/s (mean 8.06 MB/s)  0:02:35  31 %  ETA 0:05:41",
            "1.25 GB  8.06 MB/s  0:02:35  31 %  ETA 0:05:41",
            "1.25 GB  8.06 MB/s  31 %  ETA 0:05:41",
            "1.25 GB  8.06 MB/s  31 %", "1.25 GB  31 %", "1.25 GB", "",
        ]
        for columns in 0...80 {
            #expect(line.within(columns: columns) == lines.first { $0.count <= columns })
        }
        #expect(lines[2].count < 40)
    }

    @Test func `a size that the user did not promise is not held against anybody`() {
        for isPromised in [true, false] {
            var progress = Progress(start, expected: 10, isPromised: isPromised)
            let line = progress.line(start + .seconds(1), byteCount: 5, isOver: true).whole
            #expect(line.contains("promised") == isPromised)
        }
    }

    @Test(arguments: [10, 11, .max] as [Int64])
    func `when everything or more came there is no time left to tell`(byteCount: Int64) {
        var progress = Progress(start, expected: 10)
        #expect(
            progress.line(start + .seconds(1), byteCount: byteCount).whole.hasSuffix(" 0:00:01"))
    }

    @Test func `any numbers in any time are a line`() {
        var random = SeededGenerator(seed: 77)
        let extremes: [Int64] = [0, 1, 99, 100, 1 << 40, .max - 1, .max]
        for _ in 0..<3_000 {
            var progress = Progress(start, expected: extremes.randomElement(using: &random))
            var now = start
            for _ in 0..<4 {
                now =
                    now
                    + Instant.Span(
                        nanoseconds: [0, 1, 999_999, 1_000_000, 1 << 50].randomElement(
                            using: &random)!)
                let line = progress.line(now, byteCount: extremes.randomElement(using: &random)!)
                    .whole
                #expect(line.contains("/s (mean "))
            }
        }
    }

    @Test func `a flow that ended long before the other costs no memory`() {
        var progress = Progress(start)
        for _ in 0..<1_000 { _ = progress.line(start + .seconds(1), byteCount: 5).whole }
        #expect(progress.sampleCount < 5)
    }
}
