import LinuxSystem

/// Leaving: orderly after `done`, else with everything ended that we started.
extension ThereSession {
    func part(_ ending: Outcome.Ending, breaking: Bool) {
        if case .parting(let before) = phase {
            guard case .signal = ending else { return }
            // The first may be our parent's death, which the channel's end told us already.
            if case .signal = before { supervisor.endCommands(isUrgent: true) }
            phase = .parting(ending)
            return
        }
        phase = .parting(ending)
        partingEnds = .now + .seconds(1)
        meeting = nil
        memoryGuard.take()?.end()
        meetingEnds = nil
        control.finishWriting()
        if breaking {
            for end in ends { end.breakStream() }
            supervisor.endCommands()
        } else {
            for end in ends { end.close() }
            supervisor.releaseCommands()
        }
    }

    func isGone() -> Bool {
        if control.backlog > 0, Instant.now < partingEnds { return false }
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
