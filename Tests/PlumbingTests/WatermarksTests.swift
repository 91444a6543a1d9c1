import LinuxSystem
import Plumbing
import Relaying
import Testing

/// When a reservoir feeds, and what it counts.
@Suite struct WatermarksTests {
    private func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 0) + .milliseconds(milliseconds)
    }

    private func feeds(
        _ marks: inout Watermarks, _ fill: Int64, of capacity: Int64 = 1000,
        mustFeed: Bool = false, at milliseconds: Int64
    ) -> Bool {
        marks.mayFeed(fill, of: capacity, mustFeed: mustFeed, at(milliseconds))
    }

    @Test func `it begins at its first mark`() {
        var marks = Watermarks(start: 90, resume: 50)
        #expect(feeds(&marks, 899, at: 0) == false)
        #expect(!marks.isFeeding)
        #expect(feeds(&marks, 900, at: 1) == true)
        #expect(marks.isFeeding)
        #expect(feeds(&marks, 1, at: 2) == true)
        #expect(marks.stops == 0)
    }

    @Test func `after it ran dry it resumes at its other mark, and says how long it had stopped`() {
        var marks = Watermarks(start: 0, resume: 50)
        #expect(feeds(&marks, 1, at: 0) == true)
        marks.ranDry(at(10))
        marks.ranDry(at(11))
        #expect(marks.stops == 1)
        #expect(feeds(&marks, 499, at: 20) == false)
        #expect(feeds(&marks, 500, at: 30) == true)
        #expect(marks.stopped == .milliseconds(20))
        #expect(marks.lowestFill == 0)
    }

    @Test func `a reader that has had everything did not stop`() {
        var marks = Watermarks(start: 0, resume: 50)
        #expect(feeds(&marks, 1, at: 0) == true)
        marks.note(300)
        marks.ranDry(at(10))
        #expect((marks.stops, marks.lowestFill) == (1, 0))
        marks.end()
        #expect((marks.stops, marks.lowestFill) == (0, 300))
        #expect(marks.stopped == .seconds(0))
    }

    @Test func `the end of the source and a full reservoir feed at any fill`() {
        for resume in [0, 100] {
            var marks = Watermarks(start: 100, resume: resume)
            #expect(feeds(&marks, 1, mustFeed: true, at: 0) == true)
            marks.ranDry(at(1))
            #expect(feeds(&marks, 1, mustFeed: true, at: 2) == true)
        }
    }

    @Test func `the lowest fill counts from the first feeding on`() {
        var marks = Watermarks(start: 50, resume: 50)
        marks.note(10)
        #expect(marks.lowestFill == nil)
        #expect(feeds(&marks, 600, at: 0) == true)
        for fill in [600, 300, 700] as [Int64] { marks.note(fill) }
        #expect(marks.lowestFill == 300)
    }

    @Test func `a buffer that was not feeding cannot run dry`() {
        var marks = Watermarks(start: 50, resume: 50)
        marks.ranDry(at(0))
        #expect(marks.stops == 0)
    }

    @Test(arguments: [1, 99, 100, 101, 1 << 40, 4_503_599_627_370_496] as [Int64])
    func `a mark of 100 percent is the capacity, exactly`(capacity: Int64) {
        var marks = Watermarks(start: 100, resume: 0)
        #expect(feeds(&marks, capacity - 1, of: capacity, at: 0) == false)
        #expect(feeds(&marks, capacity, of: capacity, at: 0) == true)
    }
}
