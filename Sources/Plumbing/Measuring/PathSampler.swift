import LinuxSystem

/// Looks at a sender's connection all the time.
struct PathSampler {
    private static let interval = Instant.Span.milliseconds(10)

    private let socket: Descriptor
    private let before: TCPPath?
    private var dueAt: Instant
    private var sum: Int64 = 0
    private var count: Int64 = 0
    private var longest: Int64 = 0

    init(_ socket: Descriptor) {
        self.socket = socket
        before = TCPPath(of: socket)
        dueAt = .now + PathSampler.interval
    }

    mutating func look(_ now: Instant) {
        guard before != nil, now >= dueAt, let path = TCPPath(of: socket) else { return }
        dueAt = now + PathSampler.interval
        sum += path.roundTrip
        count += 1
        longest = max(longest, path.roundTrip)
    }

    func tell(_ figures: inout MeasuredFigures) {
        guard let before, let now = TCPPath(of: socket) else { return }
        figures[.roundTrip] = count > 0 ? sum / count : nil
        figures[.longestRoundTrip] = count > 0 ? longest : nil
        figures[.segments] = now.segments - before.segments
        figures[.retransmits] = now.retransmits - before.retransmits
        figures[.busy] = now.busy - before.busy
        figures[.receiverLimited] = now.receiverLimited - before.receiverLimited
        figures[.bufferLimited] = now.bufferLimited - before.bufferLimited
        figures[.window] = now.window
        figures[.threshold] = now.threshold
        figures[.packetSize] = now.packetSize
    }
}
