/// One direction in one phase of a measurement, as both ends saw it.
struct MeasuredCourse {
    /// What kept the sender waiting, as shares of the time it had something to send, in thousandths.
    struct Limits {
        let receiveBuffer: Int64
        let sendBuffer: Int64
    }

    let flow: FlowReport
    let phase: MeasuringPhase
    private let sender: MeasuredFigures
    private let receiver: MeasuredFigures
    private let here: MeasuredFigures
    private let there: MeasuredFigures

    init(_ flow: FlowReport, _ phase: Measurement.Phase) {
        self.flow = flow
        self.phase = phase.phase
        sender = phase.figures(at: flow.verdict.flow.sender)
        receiver = phase.figures(at: flow.verdict.flow.sender.peer)
        (here, there) = (phase.here, phase.there)
    }

    /// Whether the program at that end had the connection itself, and not one with a relay or bridge.
    private func hasConnection(_ facts: FlowFacts) -> Bool {
        facts.relay == nil && !flow.verdict.isBridged
    }

    var isDirect: Bool { hasConnection(flow.verdict.sender) }

    var bytesPerSecond: Int64? {
        guard let bytes = receiver[.received], let time = receiver[.receivingTime], time > 0 else {
            return nil
        }
        let rate = Double(bytes) * 1e9 / Double(time)
        return Int64(min(rate, Double(MeasuredFigures.credible.upperBound)))
    }

    var byteCount: Int64 { receiver[.receivedInAll] ?? 0 }

    /// A figure of the sender's connection; `nil` if a relay had that.
    func ofPath(_ figure: MeasuredFigures.Figure) -> Int64? { isDirect ? sender[figure] : nil }

    /// TCP's round-trip time while the data moved, in microseconds.
    var roundTrip: Int64? { ofPath(.roundTrip) }

    /// How long a message behind the data took to be answered, in microseconds.
    var answerTime: Int64? { sender[.answerTime].map { $0 / 1000 } }

    /// In the whole session if a relay had the connection; the other phase of the flow counts there too.
    var limits: Limits? {
        let path = flow.verdict.sender.path
        guard !flow.verdict.isBridged,
            let busy = isDirect ? sender[.busy] : path.busyMicroseconds, busy > 0,
            let receiving = isDirect ? sender[.receiverLimited] : path.receiverLimitedMicroseconds,
            let sending = isDirect ? sender[.bufferLimited] : path.sendBufferLimitedMicroseconds
        else { return nil }
        func share(_ time: Int64) -> Int64 {
            Int64(Double(min(max(time, 0), busy)) / Double(busy) * 1000 + 0.5)
        }
        return Limits(receiveBuffer: share(receiving), sendBuffer: share(sending))
    }

    /// The size of the buffer at an end, and up to what its kernel lets it grow by itself.
    func buffer(at end: End) -> (size: Int64, largest: Int64?)? {
        let sends = flow.verdict.flow.sender == end
        guard hasConnection(sends ? flow.verdict.sender : flow.verdict.receiver),
            let size = (sends ? sender : receiver)[sends ? .sendBuffer : .receiveBuffer]
        else { return nil }
        let largest = (sends ? sender : receiver)[
            sends ? .largestSendBuffer : .largestReceiveBuffer]
        return (size, largest)
    }

    /// Up to what a buffer can grow: with `--window`, not at all.
    func limit(of buffer: (size: Int64, largest: Int64?)) -> Int64 {
        flow.sockets.window == nil ? max(buffer.largest ?? 0, buffer.size) : buffer.size
    }

    private func figures(at end: End) -> MeasuredFigures { end == .here ? here : there }

    /// The bytes of the phase, in both directions.
    private var phaseByteCount: Int64 {
        (here[.receivedInAll] ?? 0) + (there[.receivedInAll] ?? 0)
    }

    /// The processor time of all our processes at an end, in milliseconds a GB (10⁹ bytes).
    func processor(at end: End) -> Int64? {
        guard let own = figures(at: end)[.ownProcessor],
            let relays = figures(at: end)[.endProcessor], phaseByteCount > 0
        else { return nil }
        return Int64(Double(own + relays) / Double(phaseByteCount) * 1000)
    }

    /// How busy our busiest process at an end was, in thousandths.
    func load(at end: End) -> Int64? {
        guard let own = figures(at: end)[.ownProcessor], let time = figures(at: end)[.elapsed],
            time > 0
        else { return nil }
        return max(own, figures(at: end)[.endProcessor] ?? 0) * 1000 / time
    }
}

extension Report {
    /// What was measured, in the order in which it was.
    var courses: [MeasuredCourse] {
        (measurement?.phases ?? []).flatMap { phase in
            flows.filter { phase.phase.sends(from: $0.verdict.flow.sender) }
                .map { MeasuredCourse($0, phase) }
        }
    }
}
