import LinuxSystem

/// How much the login itself moves: here sends it bytes that mean nothing, and there drops them.
struct LoginProbe: Sendable {
    /// Larger pieces of memory are mapped anew each time.
    private static let largestFrame = 65536
    /// So many bytes tell the rate of a fast login, and each of them costs processor time.
    static let enough = 128 << 20

    private let began: Instant
    private let ends: Instant
    /// How many bytes may be under way. It grows by what arrives, so that a slow login has no more
    /// left to bring at the end than in the time before.
    private var window = 4096
    private var underWay = 0
    private var sentByteCount = 0
    /// All that arrived, and when we heard of the last; and the same after half of the time.
    private var arrived: Moment?
    private var steady: Moment?

    private struct Moment {
        let at: Instant
        let byteCount: Int
    }

    init(for span: Instant.Span, from now: Instant) {
        began = now
        ends = now + span
    }

    func isOver(_ now: Instant) -> Bool { now >= ends || hasSentEnough }

    private var hasSentEnough: Bool { sentByteCount >= LoginProbe.enough }

    /// - Parameter backlog: The bytes that wait to be sent, and messages behind them.
    /// - Returns: How many bytes to send now; `nil` while enough are under way.
    func room(behind backlog: Int) -> Int? {
        let frame = min(window / 4, LoginProbe.largestFrame)
        return backlog == 0 && underWay + frame <= window ? frame : nil
    }

    mutating func sent(_ byteCount: Int) {
        underWay += byteCount
        sentByteCount += byteCount
    }

    /// The other end has dropped so many.
    mutating func arrived(_ byteCount: Int, _ now: Instant) throws(ControlError) {
        guard (0...underWay).contains(byteCount) else { throw .tooMuchCredit }
        underWay -= byteCount
        window = min(window + byteCount, Frame.window)
        guard now < ends else { return }
        let moment = Moment(at: now, byteCount: (arrived?.byteCount ?? 0) + byteCount)
        arrived = moment
        let isSteady = now - began >= ends - now || moment.byteCount * 2 >= LoginProbe.enough
        if steady == nil, isSteady { steady = moment }
    }

    /// `nil` if too little arrived to tell.
    var bytesPerSecond: Int64? {
        guard let last = arrived else { return nil }
        var first = steady ?? Moment(at: began, byteCount: 0)
        if first.at >= last.at { first = Moment(at: began, byteCount: 0) }
        let span = (last.at - first.at).nanoseconds
        guard span > 0 else { return nil }
        return Int64(Double(last.byteCount - first.byteCount) * 1e9 / Double(span))
    }

    /// When there is something to do.
    func dueAt(behind backlog: Int) -> Instant {
        hasSentEnough || room(behind: backlog) != nil ? began : ends
    }
}

/// The other end of a ``LoginProbe``.
struct LoginSink: Sendable {
    private var announced = 0
    private var taken = 0

    mutating func announce(_ byteCount: Int) { announced = byteCount }

    /// - Returns: How many bytes to tell of: not of each piece, as that would cost much, but while
    ///   others are under way.
    mutating func take(_ byteCount: Int) -> Int? {
        taken += byteCount
        guard taken >= announced * 2 else { return nil }
        defer { taken = 0 }
        return taken
    }
}
