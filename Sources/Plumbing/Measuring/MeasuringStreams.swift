import LinuxSystem

/// The two flows as a program that measures has them: standard input and output.
struct MeasuringStreams: ~Copyable {
    private static let chunks = (1 << 14)...(1 << 24)

    /// A reader that takes less at a time costs more.
    private static let leastRead = 1 << 18

    private let input = Descriptor.standardInput
    private let output = Descriptor.standardOutput
    private let source: MemorySource
    private let readsConnection: Bool

    init() throws(Errno) {
        source = try MemorySource()
        readsConnection = TCPPath(of: input) != nil
    }

    func send(_ kind: MeasuringMessage.Kind, _ numbers: [Int64] = []) throws(Errno) {
        try output.writeAll(MeasuringMessage(kind, numbers).bytes)
    }

    /// - Returns: `nil` at the end of the stream.
    func receive() throws(Errno) -> MeasuringMessage? {
        var bytes: [UInt8] = []
        while bytes.count < MeasuringMessage.byteCount {
            let piece = try input.read(byteCount: MeasuringMessage.byteCount - bytes.count)
            if piece.isEmpty, bytes.isEmpty { return nil }
            if piece.isEmpty { throw .truncated }
            bytes += piece
        }
        guard let message = MeasuringMessage(bytes[...]) else { throw .protocolError }
        return message
    }

    func receive(_ kind: MeasuringMessage.Kind) throws(Errno) -> MeasuringMessage {
        guard let message = try receive(), message.kind == kind else { throw .protocolError }
        return message
    }

    /// Sends and receives what the phase asks of an end.
    func carry(
        _ phase: MeasuringPhase, for span: Instant.Span, at end: End
    ) throws(Errno) -> MeasuredFigures {
        var figures = MeasuredFigures()
        let (start, before) = (Instant.now, ProcessorTimes())
        var sampler = PathSampler(output)
        if phase == .both {
            let sender = try Process.fork { () throws(Errno) in
                var unused = sampler
                try pour(for: span, &unused)
            }
            try drain(for: span, &figures) { sampler.look($0) }
            guard try Process.end(of: sender).isSuccess else { throw .brokenPipe }
        } else if phase.sends(from: end) {
            try pour(for: span, &sampler)
            let ended = Instant.now
            _ = try receive(.arrived)
            figures[.answerTime] = (Instant.now - ended).nanoseconds
        } else {
            try drain(for: span, &figures) { _ in }
            try send(.arrived)
        }
        figures[.elapsed] = (.now - start).nanoseconds
        if phase.sends(from: end) { sampler.tell(&figures) }
        before.tell(&figures)
        tellBuffers(&figures)
        return figures
    }

    /// Sends chunks that take some milliseconds each, and no more than soon arrives.
    private func pour(for span: Instant.Span, _ sampler: inout PathSampler) throws(Errno) {
        let start = Instant.now
        var (now, size, total) = (start, MeasuringStreams.chunks.lowerBound, Int64(0))
        while now - start < span {
            let rate = MeasuringStreams.rate(total - unacknowledged, in: now - start)
            size = min(size, max(Int(rate / 20), MeasuringStreams.chunks.lowerBound))
            if isAhead(of: rate) {
                Instant.rest(.milliseconds(2))
                now = .now
                sampler.look(now)
                continue
            }
            total += Int64(size)
            try send(.chunk, [Int64(size)])
            var rest = size
            while rest > 0 { rest -= try source.send(rest, to: output) }
            let began = now
            now = .now
            sampler.look(now)
            if now - began < .milliseconds(5) {
                size = min(size * 2, MeasuringStreams.chunks.upperBound)
            } else if now - began > .milliseconds(50) {
                size = max(size / 2, MeasuringStreams.chunks.lowerBound)
            }
        }
        try send(.end)
    }

    /// The bytes written that TCP does not know to have arrived.
    private var unacknowledged: Int64 { TCP.unacknowledgedByteCount(output) ?? 0 }

    /// Whether a quarter of a second's bytes wait to be sent: a send buffer may hold half a minute's,
    /// and the phase ends only when they have arrived.
    private func isAhead(of rate: Int64) -> Bool {
        guard let path = try? TCPCounters(of: output), let unsent = path.notSent else {
            return false
        }
        // TCP keeps less than a segment back until the rest is acknowledged.
        let segments = 2 * (path.segmentSize ?? 0)
        return unsent > max(rate / 4, segments, Int64(MeasuringStreams.chunks.lowerBound))
    }

    /// In bytes a second; too small in the first second, whose first bytes may come in a burst.
    private static func rate(_ byteCount: Int64, in span: Instant.Span) -> Int64 {
        max(0, byteCount) * 1000 / max(span.milliseconds, 1000)
    }

    /// Takes chunks to their end; how fast they come counts after a quarter of the time, so that no
    /// window has to grow any more, and after the burst that comes then, if there is one.
    private func drain(
        for span: Instant.Span, _ figures: inout MeasuredFigures, _ look: (Instant) -> Void
    ) throws(Errno) {
        var total: Int64 = 0
        var start: Instant?
        var first: (at: Instant, total: Int64)?
        var last: (at: Instant, total: Int64)?
        while true {
            guard let message = try receive() else { throw .truncated }
            if message.kind == .end { break }
            guard message.kind == .chunk, message.numbers[0] <= MeasuringStreams.chunks.upperBound,
                message.numbers[0] > 0
            else { throw .protocolError }
            var rest = Int(message.numbers[0])
            defer { if readsConnection { input.setLeastRead(1) } }
            while rest > 0 {
                let time = start.map { (.now - $0).milliseconds } ?? 0
                let soon = total * 20 / max(time, 20)
                guard let count = try discard(rest, least: Int(soon)) else { continue }
                if count == 0 { throw .truncated }
                rest -= count
                total += Int64(count)
                let now = Instant.now
                let began = start ?? now
                start = began
                let isBurst = first.map { now - $0.at < .milliseconds(1) } ?? true
                let isEarly = first == nil || (now - began) * 16 < span * 5
                if isBurst, isEarly, (now - began) * 4 >= span { first = (now, total) }
                if now - began <= span || last == nil { last = (now, total) }
                look(now)
            }
        }
        figures[.receivedInAll] = total
        // Of a single burst, the time says nothing.
        if let first, let last, (last.at - first.at) * 4 >= span {
            figures[.received] = last.total - first.total
            figures[.receivingTime] = (last.at - first.at).nanoseconds
        } else if let start {
            figures[.received] = total
            figures[.receivingTime] = (.now - start).nanoseconds
        }
    }

    /// - Parameter least: What 20 ms bring.
    private func discard(_ rest: Int, least: Int) throws(Errno) -> Int? {
        guard readsConnection else { return try input.discard(rest) }
        let least = max(1, min(rest, least, MeasuringStreams.leastRead))
        return try input.discard(rest, least: least)
    }

    private func tellBuffers(_ figures: inout MeasuredFigures) {
        figures[.sendBuffer] = Int64(SocketOptions.Buffer.send.size(of: output))
        figures[.receiveBuffer] = Int64(SocketOptions.Buffer.receive.size(of: input))
        figures[.largestSendBuffer] = SocketOptions.Buffer.send.largest
        figures[.largestReceiveBuffer] = SocketOptions.Buffer.receive.largest
    }
}

/// The processor time that was used before a phase.
private struct ProcessorTimes {
    private let own = Instant.Span.ofProcessor + Instant.Span.ofChildren
    private let end = Instant.Span.ofProcessor(Process.parent)

    func tell(_ figures: inout MeasuredFigures) {
        let now = ProcessorTimes()
        figures[.ownProcessor] = (now.own - own).nanoseconds
        if let end, let later = now.end { figures[.endProcessor] = (later - end).nanoseconds }
    }
}
