import LinuxSystem

/// Leaving: the outcome is settled, and everything that we started must end.
extension HereSession {
    /// Settles the outcome, once, and begins to leave.
    ///
    /// - Parameter hasFinished: Whether everything came to its end, so that nothing must be broken.
    func conclude(_ outcome: Outcome, hasFinished: Bool = false) {
        guard phase != .parting else { return }
        self.outcome = outcome
        finishProgress()
        phase = .parting
        partedAt = .now
        isPeerLost = control.hasEnded
        meeting = nil
        memoryGuard.take()?.end()
        control.send(hasFinished ? .done : .cancel)
        control.finishWriting()
        if hasFinished {
            for end in ends { end.close() }
            supervisor.releaseCommands()
        } else {
            for end in ends { end.breakStream() }
            supervisor.endCommands()
        }
    }

    func interrupted(by signal: CInt) {
        guard phase == .parting else {
            conclude(Outcome(signal: signal))
            return
        }
        // A signal while we leave: at once.
        outcome = Outcome(signal: signal)
        supervisor.endCommands(isUrgent: true)
        supervisor.signalLogin(Signal.kill)
    }

    /// How long the login command may take to end by itself: the other end has commands to end once
    /// it was told to start one, and it can only be told while somebody listens.
    private var loginPatience: Instant.Span {
        if outcome?.isSuccess == true || isPeerLost || liveness.isSilentTooLong || metAt == nil {
            return .seconds(hello == nil ? 0 : 2)
        }
        return .seconds(9)
    }

    /// When the login command is next pressed to end.
    var loginMustEndAt: Instant? {
        guard let partedAt, supervisor.isRunning(.login) else { return nil }
        return loginEnding == nil ? partedAt + loginPatience : loginEnding?.deadline
    }

    func lookAfterParting(_ now: Instant) {
        guard let loginMustEndAt, now >= loginMustEndAt else { return }
        if loginEnding == nil {
            loginEnding = Termination(now: now)
        } else {
            _ = loginEnding?.advance(now)
        }
        if let signal = loginEnding?.signal { supervisor.signalLogin(signal) }
    }

    var isOver: Bool {
        guard phase == .parting else { return false }
        if supervisor.isRunning(.login), loginEnding?.stage != .givenUp { return false }
        guard supervisor.isEnding else { return true }
        let left = supervisor.survivors()
        if left.isEmpty { return true }
        guard supervisor.hasGivenUp else { return false }
        for pid in left {
            let state = Proc.state(of: pid) ?? "unknown"
            say.error("process \(pid) here cannot be killed (state \(state))")
        }
        return true
    }
}
