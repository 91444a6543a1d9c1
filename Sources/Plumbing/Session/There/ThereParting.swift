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

    /// Whether words of ours are still on their way, and are worth it: what brings a message may drop,
    /// when we end, all that it has not passed on. Whoever reads standard error is another than who
    /// reads the messages, and may rest.
    var isSpeaking: Bool {
        let late = Instant.now - partingEnds
        let isSayingWhy = control.backlog > 0 || (rules.awaitsCancel && !control.hasEnded)
        return isSayingWhy && late < .seconds(0) || !errors.isEmpty && late < .seconds(4)
    }

    func isGone() -> Bool {
        if isSpeaking { return false }
        guard supervisor.isEnding else { return true }
        let left = supervisor.survivors()
        if left.isEmpty { return true }
        guard supervisor.hasGivenUp else { return false }
        for pid in left {
            say.error(
                "cannot kill process \(pid) there (state \(Proc.state(of: pid) ?? "unknown"))")
        }
        return true
    }
}
