import LinuxSystem
import Testing

@testable import Plumbing

/// What `--measure` sends through the login.
@Suite struct LoginProbeTests {
    /// A login that brings what it is given at such a rate, and what is left in it at the end.
    private func run(
        bytesPerSecond rate: Int, pipe: Int = 65536
    ) throws -> (told: Int64?, left: Int, sent: Int) {
        let start = Instant.now
        var (probe, sink) = (LoginProbe(for: .seconds(1), from: start), LoginSink())
        var (queue, frames, brought, sent) = (0, [Int](), 0, 0)
        for step in 0..<10_000 {
            let now = start + Instant.Span(nanoseconds: Int64(step) * 100_000)
            while !probe.isOver(now), let room = probe.room(behind: max(0, queue - pipe)) {
                sent += room
                probe.sent(room)
                queue += room
                frames.append(room)
            }
            brought += rate / 10_000
            var piece = min(queue, brought)
            guard piece >= min(queue, 1448) else { continue }
            (queue, brought) = (queue - piece, 0)
            while piece > 0 {
                sink.announce(frames[0])
                let part = min(piece, frames[0])
                if let whole = sink.take(part) { try probe.arrived(whole, now) }
                frames[0] -= part
                piece -= part
                if frames[0] == 0 { frames.removeFirst() }
            }
        }
        return (probe.bytesPerSecond, queue, sent)
    }

    @Test(arguments: [10_000, 100_000, 10_000_000, 1_000_000_000])
    func `it tells the rate of a login, and leaves it little to bring`(rate: Int) throws {
        let (told, left, sent) = try run(bytesPerSecond: rate)
        let share = Double(try #require(told)) / Double(rate)
        #expect((0.5...1.1).contains(share), "\(share)")
        // A second and a half, at most.
        #expect(left <= min(rate * 3 / 2, Frame.window), "\(left)")
        #expect(sent < LoginProbe.enough + 65536, "\(sent)")
    }

    @Test func `more than was sent cannot have arrived`() throws {
        let start = Instant.now
        var probe = LoginProbe(for: .seconds(1), from: start)
        probe.sent(4096)
        #expect(throws: ControlError.tooMuchCredit) { try probe.arrived(4097, start) }
        try probe.arrived(4096, start)
        #expect(probe.room(behind: 1) == nil)
        #expect(probe.isOver(start) == false && probe.isOver(start + .seconds(1)))
    }
}
