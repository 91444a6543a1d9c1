import LinuxSystem

/// Leaving: orderly after `done`, else with everything ended that we started.
extension ThereSession {
    /// Long enough for the guard of an end that was killed to find what descends from its commands:
    /// a stream that breaks at once would end those first, and nobody would know the rest.
    private static let guardsTime = Instant.Span.milliseconds(100)

    /// Parts soon: the other end is lost, or we are told to end, as happens when our parent dies.
    func leave(_ ending: Outcome.Ending) {
        guard case .running = phase else { return part(ending, breaking: true) }
        if leaving == nil { leaving = (ending, .now + ThereSession.guardsTime) }
    }

    func part(_ ending: Outcome.Ending, breaking: Bool) {
        if case .parting(let before) = phase {
            guard case .signal = ending else { return }
            // The first may be our parent's death, which the channel's end told us already.
            if case .signal = before { supervisor.endCommands(isUrgent: true) }
            phase = .parting(ending)
            return
        }
        phase = .parting(leaving?.ending ?? ending)
        leaving = nil
        feedingIsDue = nil
        outputIsDue = nil
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

    /// Says why we cannot go on, and parts.
    func fail(_ failure: Failure) {
        control.send(.failed(failure))
        part(.exit(OwnStatus.ourError), breaking: true)
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
