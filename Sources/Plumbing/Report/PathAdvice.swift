/// What keeps a direction of a path from being faster, and what to do about it.
struct PathAdvice {
    enum Bound: Equatable {
        case login, rate
        case processor(End)
        /// The buffer at that end, the sender's or the reader's.
        case window(End)
        case loss, link

        /// A word for the report.
        var name: String {
            switch self {
            case .login: "login"
            case .rate: "rate"
            case .processor(let end): "processor \(end.rawValue)"
            case .window(let end): "window \(end.rawValue)"
            case .loss: "loss"
            case .link: "link"
            }
        }
    }

    /// From here on a process has no time left for more, in thousandths.
    private static let fullLoad: Int64 = 750
    /// From here on a buffer is what the sender waited for, in thousandths.
    private static let muchWaiting: Int64 = 300

    /// What a window holds back for longer, in microseconds.
    private static let shortest: Int64 = 1000
    /// A window from here on is never too small for a shorter path.
    private static let sufficient: Int64 = 1 << 20
    /// Fewer may be chance.
    private static let fewRetransmits: Int64 = 10

    let bound: Bound
    private let course: MeasuredCourse
    /// In microseconds.
    private let idleRoundTrip: Int64

    /// - Parameter course: Of a phase in which nothing went the other way.
    init(_ course: MeasuredCourse, idleRoundTrip: Int64) {
        self.course = course
        self.idleRoundTrip = idleRoundTrip
        bound = PathAdvice.bound(of: course, idleRoundTrip)
    }

    private static func bound(of course: MeasuredCourse, _ idle: Int64) -> Bound {
        let flow = course.flow
        if flow.verdict.isBridged { return .login }
        if let rate = flow.rate, let reached = course.bytesPerSecond, reached / 9 >= rate / 10 {
            return .rate
        }
        let loads = [End.here, .there].map { ($0, course.load(at: $0) ?? 0) }
        if let busiest = loads.max(by: { $0.1 < $1.1 }), busiest.1 >= fullLoad {
            return .processor(busiest.0)
        }
        let sender = flow.verdict.flow.sender
        if let limits = course.limits {
            if limits.receiveBuffer >= muchWaiting {
                // Over a short path only a tiny window is too small: its reader is slow.
                let isSlow = idle < shortest && !hasTinyWindow(course, sender.peer)
                return isSlow ? .processor(sender.peer) : .window(sender.peer)
            }
            if limits.sendBuffer >= muchWaiting { return .window(sender) }
        }
        if fillsSendBuffer(course, sender, idle) { return .window(sender) }
        return isLossy(course, idle) ? .loss : .link
    }

    private static func hasTinyWindow(_ course: MeasuredCourse, _ reader: End) -> Bool {
        course.buffer(at: reader).map { course.limit(of: $0) < sufficient } ?? false
    }

    /// Whether the path, without any queue, holds about what the send buffer may ever: TCP counts no
    /// waiting for a buffer whose last bytes just left.
    private static func fillsSendBuffer(
        _ course: MeasuredCourse, _ sender: End, _ idle: Int64
    ) -> Bool {
        guard let buffer = course.buffer(at: sender), let rate = course.bytesPerSecond,
            idle >= shortest, buffer.size >= course.limit(of: buffer) / 10 * 9
        else { return false }
        return Double(rate) / 1e6 * Double(idle) >= Double(buffer.size) * 0.7
    }

    /// Whether segments get lost though nothing queues: a full queue makes the round trip long first.
    private static func isLossy(_ course: MeasuredCourse, _ idle: Int64) -> Bool {
        guard let retransmits = course.ofPath(.retransmits),
            let segments = course.ofPath(.segments), let roundTrip = course.roundTrip
        else { return false }
        return idle >= shortest && retransmits >= fewRetransmits
            && retransmits * 10_000 > segments && roundTrip < idle * 3 / 2
    }

    /// A clause without its direction.
    var sentence: String {
        switch bound {
        case .login:
            "the login is the limit: a direct way, without --via login, is usually faster"
        case .rate: "--rate is the limit"
        case .processor(let end):
            "the processor \(end.rawValue) is the limit"
                + (course.isDirect ? ": no option helps" : ": without a relay it would do less")
        case .window(let end):
            "the \(end == course.flow.verdict.flow.sender ? "send" : "receive") buffer "
                + "\(end.rawValue) is the limit: use --window \(window(at: end))"
        case .loss: "lost packets are the limit" + remedyOfLoss
        case .link: "probably the link is the limit: no option helps"
        }
    }

    /// Four times what is on its way now, and more than the buffer holds, as a power of two.
    private func window(at end: End) -> String {
        let now = Double(course.bytesPerSecond ?? 0) / 1e6 * Double(max(idleRoundTrip, 1))
        let least = max(now * 4, Double(course.buffer(at: end)?.size ?? 0))
        var mebibytes: Int64 = 1
        while Double(mebibytes << 20) < least, mebibytes < 512 { mebibytes *= 2 }
        return "\(mebibytes)M"
    }

    private var remedyOfLoss: String {
        let facts = course.flow.verdict.sender.path.socket
        return facts?.congestionControl == "bbr" ? ": no option helps" : ": use --congestion bbr"
    }
}

extension Report {
    /// What bounds each direction when the other rests.
    var advice: [(flow: Flow, advice: PathAdvice)] {
        let idle = (measurement?.idle.median ?? 0) / 1000
        return courses.filter { $0.phase != .both }.map {
            ($0.flow.verdict.flow, PathAdvice($0, idleRoundTrip: idle))
        }
    }

    /// One sentence for both directions.
    var adviceSentence: String? {
        let clauses = advice.map { ($0.flow.rawValue, $0.advice.sentence) }
        guard let first = clauses.first else { return nil }
        if clauses.allSatisfy({ $0.1 == first.1 }) { return first.1 }
        return clauses.map { "\($0.0): \($0.1)" }.joined(separator: "; ")
    }
}
