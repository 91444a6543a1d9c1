import LinuxSystem

/// When to dial which endpoint: one after the other, without waiting for each (RFC 8305).
struct CallPace {
    /// How long the first, which is the login's own where that is known, is alone: time enough for
    /// the other end to dial as well, so that a firewall at one of them does not send the data over
    /// another network.
    static let headStart = Instant.Span.seconds(1)
    static let delay = Instant.Span.milliseconds(250)
    /// How many may be dialled at once; when one more is due, the oldest has had 4 s.
    static let maximumUnderWay = 16

    private var waiting: [Endpoint]
    /// When the next is due; `nil` where none waits.
    private(set) var dueAt: Instant?
    private var dialledCount = 0

    init(_ endpoints: [Endpoint], _ now: Instant) {
        waiting = endpoints.reversed()
        dueAt = endpoints.isEmpty ? nil : now
    }

    /// The endpoint to dial now, once.
    ///
    /// - Parameter isIdle: Whether all that were dialled have failed.
    mutating func next(_ now: Instant, isIdle: Bool) -> Endpoint? {
        guard let dueAt, now >= dueAt || (isIdle && dialledCount > 1) else { return nil }
        dialledCount += 1
        let pause = dialledCount == 1 ? CallPace.headStart : CallPace.delay
        let endpoint = waiting.removeLast()
        self.dueAt = waiting.isEmpty ? nil : now + pause
        return endpoint
    }
}
