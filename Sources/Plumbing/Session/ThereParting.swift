import LinuxSystem

/// Leaving: orderly after `done`, else with everything ended that we started.
extension ThereSession {
    func part(isOrderly: Bool) {
        feedingIsDue = nil
        outputIsDue = nil
        partingEnds = .now + .seconds(1)
        endMeeting()
        control.finishWriting()
        if isOrderly {
            for end in ends { end.close() }
            supervisor.releaseCommands()
        } else {
            for end in ends { end.breakStream() }
            supervisor.endCommands()
        }
    }

    /// Whether our last words are not known to have arrived: what brings them may drop, when we end,
    /// all that it has not passed on.
    var isSayingWhy: Bool {
        control.backlog > 0 || (rules.awaitsCancel && !control.hasEnded)
    }

    func isGone() -> Bool {
        if isSayingWhy, Instant.now < partingEnds { return false }
        guard supervisor.isEnding else { return true }
        let left = supervisor.survivors()
        if left.isEmpty { return true }
        guard supervisor.hasGivenUp else { return false }
        for pid in left {
            Diagnostics(.normal).error(
                "process \(pid) there cannot be killed (state \(Proc.state(of: pid) ?? "unknown"))")
        }
        return true
    }
}
