import LinuxSystem

/// The time without a login: what runs here goes on, until the other end comes back or is too late.
extension ThereCore {
    /// How much longer than the other end we wait, which counts from when it noticed.
    private static let grace = Instant.Span.seconds(1)

    var keep: KeepOrder? { isRunning ? invitation?.keep : nil }

    var absenceEnds: Instant? {
        guard let absentSince, let keep, leaving == nil else { return nil }
        return absentSince + .seconds(keep.seconds) + ThereCore.grace
    }

    mutating func loginIsLost(_ now: Instant) -> [SessionStep] {
        if absentSince == nil { absentSince = now }
        return bridged.takeAll().map { .cutBridge($0) }
    }

    /// The other end has come back by another login.
    mutating func rejoined(by login: Int64, _ now: Instant) -> [SessionStep] {
        self.login = login
        absentSince = nil
        liveness.heard()
        // We may not have noticed that we were alone.
        return bridged.takeAll().map { .cutBridge($0) }
    }
}
