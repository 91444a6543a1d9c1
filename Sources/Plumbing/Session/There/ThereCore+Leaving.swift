import LinuxSystem
import Relaying

/// Leaving: orderly after `done`, else with everything ended that we started.
extension ThereCore {
    /// Long enough for the guard of an end that was killed to find what descends from its commands:
    /// a stream that breaks at once would end those first, and nobody would know the rest.
    private static let guardsTime = Instant.Span.milliseconds(100)

    /// The remote command does not run.
    mutating func cannotStart(_ failure: Failure, _ now: Instant) -> [SessionStep] {
        awaitsCancel = true
        return [.send(.failed(failure))] + part(.exit(OwnStatus.notFound), now, isOrderly: false)
    }

    /// Says why we cannot go on, and parts.
    mutating func fail(_ failure: Failure, _ now: Instant) -> [SessionStep] {
        awaitsCancel = true
        return [.send(.failed(failure))] + part(.exit(OwnStatus.ourError), now, isOrderly: false)
    }

    mutating func signalled(_ signal: CInt, _ now: Instant) -> [SessionStep] {
        [.send(.failed(.signal(signal)))] + leave(.signal(signal), now)
    }

    /// The other end, or whoever brought its words, is gone.
    mutating func channelEnded(_ now: Instant) -> [SessionStep] {
        switch phase {
        case .greeting: fail(.noInput, now)
        case .running where keep != nil: loginIsLost(now)
        case .meeting, .running: leave(.exit(OwnStatus.lost), now)
        case .standingBy, .parting: []
        }
    }

    /// Parts soon: the other end is lost, or we are told to end, as happens when our parent dies.
    mutating func leave(_ ending: Outcome.Ending, _ now: Instant) -> [SessionStep] {
        guard isRunning else { return part(ending, now, isOrderly: false) }
        if leaving == nil { leaving = (ending, now + ThereCore.guardsTime) }
        return []
    }

    mutating func part(
        _ ending: Outcome.Ending, _ now: Instant, isOrderly: Bool
    ) -> [SessionStep] {
        if let before = self.ending {
            guard case .signal = ending else { return [] }
            phase = .parting(ending)
            // The first may be our parent's death, which the channel's end told us already.
            if case .signal = before { return [.hurry] }
            return []
        }
        phase = .parting(leaving?.ending ?? ending)
        leaving = nil
        meetingEnds = nil
        lastWordsEnd = now + .seconds(1)
        return [.endMeeting, .part(isOrderly: isOrderly)]
    }

    package func isOver(_ view: some SessionView, _ now: Instant) -> Bool {
        ending != nil && !isSpeaking(view, now)
    }

    /// Whether words of ours are still on their way, and are worth it: what brings a message may drop,
    /// when we end, all that it has not passed on. Whoever reads standard error is another than who
    /// reads the messages, and may rest.
    private func isSpeaking(_ view: some SessionView, _ now: Instant) -> Bool {
        guard let lastWordsEnd else { return false }
        let late = now - lastWordsEnd
        let isSayingWhy = view.backlog > 0 || (awaitsCancel && !view.channelHasEnded)
        return isSayingWhy && late < .seconds(0)
            || !view.standardError.isEmpty && late < .seconds(4)
    }

    func lastWordsDeadline(_ view: some SessionView, _ now: Instant) -> Instant? {
        guard let lastWordsEnd, isSpeaking(view, now) else { return nil }
        return lastWordsEnd > now ? lastWordsEnd : lastWordsEnd + .seconds(4)
    }
}
