import LinuxSystem

/// What the login moves, while a path is measured: behind everything else.
extension HereCore {
    private static let longestProbe = Instant.Span.milliseconds(1500)

    /// Sends what the probe may send.
    ///
    /// - Returns: `nil` once it is over, or where there is none: the flows themselves may go that way.
    mutating func probeLogin(_ view: some SessionView, _ now: Instant) -> [SessionStep]? {
        guard let seconds = plan.measuringTime, bridged.isEmpty else { return nil }
        let span = min(Instant.Span.milliseconds(seconds * 150), HereCore.longestProbe)
        var probe = probe ?? LoginProbe(for: span, from: now)
        defer { self.probe = probe }
        if probe.isOver(now) { return nil }
        guard let room = probe.room(behind: view.backlog) else { return [] }
        probe.sent(room)
        return [.sendData(.out, .bytes([UInt8](repeating: 0, count: room)))]
    }

    func probeIsDueAt(_ view: some SessionView) -> Instant? {
        phase == .running ? probe?.dueAt(behind: view.backlog) : nil
    }

    /// What the login moved from here to there; `nil` if that was not measured.
    package var loginBytesPerSecond: Int64? { probe?.bytesPerSecond }
}
