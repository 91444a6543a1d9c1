import LinuxSystem
import Testing

@testable import Relaying

@Suite struct GatheringTests {
    /// A source from which this many bytes come each microsecond, in pieces, as a pump finds it.
    private struct Scene {
        var gathering = Gathering(Instant(nanoseconds: 0))
        var now = Instant(nanoseconds: 0)
        var rests: [Instant.Span] = []

        /// The pump wakes up after this long, and takes what is there.
        mutating func take(_ byteCount: Int64, after microseconds: Int64) {
            now = now + Instant.Span(nanoseconds: microseconds * 1000)
            gathering.note(moved: byteCount, now)
            if let until = gathering.until { rests.append(until - now) }
        }
    }

    /// A link of 1 Gbit/s brings 64 KiB each half millisecond.
    private func flow(for span: Instant.Span, _ scene: inout Scene) {
        let end = scene.now + span
        while scene.now < end {
            let rest = scene.gathering.until.map { ($0 - scene.now).nanoseconds / 1000 } ?? 0
            let pieces = max(1, (rest + 499) / 500)
            scene.take(pieces * 64 << 10, after: pieces * 500)
        }
    }

    @Test func `what a link brings gathers for 4 ms`() {
        var scene = Scene()
        flow(for: .seconds(10), &scene)
        #expect(scene.rests.count > 2_300)
        #expect(scene.rests.max() == .milliseconds(4))
        #expect(scene.rests.filter { $0 == .milliseconds(4) }.count > 2_200)
    }

    @Test func `a burst takes a sixteenth longer at most`() {
        var scene = Scene()
        for _ in 0..<100 {
            scene.rests = []
            flow(for: .milliseconds(16), &scene)
            #expect(scene.rests.allSatisfy { $0 < .milliseconds(2) })
            scene.take(64 << 10, after: 20_000)
        }
    }

    @Test func `what is sent in turns soon waits no more`() {
        var scene = Scene()
        for _ in 0..<10_000 {
            let rest = scene.gathering.until.map { ($0 - scene.now).nanoseconds / 1000 } ?? 0
            scene.take(64 << 10, after: max(200, rest))
        }
        #expect((1..<30).contains(scene.rests.count))
    }

    @Test(arguments: [1, 64, 16_383])
    func `messages never wait`(byteCount: Int64) {
        var scene = Scene()
        for microseconds in [1, 10, 100, 1_000, 100_000] as [Int64] {
            for _ in 0..<10 { scene.take(byteCount, after: microseconds) }
        }
        #expect(scene.rests.isEmpty)
    }

    @Test func `a piece that comes alone does not keep the next one`() {
        var scene = Scene()
        for _ in 0..<100 { scene.take(1 << 20, after: 3_000) }
        #expect(scene.rests.isEmpty)
    }

    @Test func `a source as fast as this host never waits, and no pipe gets full`() {
        var scene = Scene()
        for _ in 0..<1_000 { scene.take(256 << 10, after: 40) }
        #expect(scene.rests.isEmpty)
        scene.take(256 << 10, after: 200)
        #expect(scene.rests == [Instant.Span(nanoseconds: 400_000)])
    }

    @Test func `a pump that waits for its target does not rest`() {
        var scene = Scene()
        flow(for: .milliseconds(100), &scene)
        while scene.gathering.until == nil { scene.take(64 << 10, after: 500) }
        scene.gathering.stop()
        #expect(scene.gathering.until == nil)
    }
}
