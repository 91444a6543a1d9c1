import LinuxSystem
import Relaying

/// A session that is leaving, and why.
struct Parting: Sendable {
    var outcome: Outcome
    let began: Instant
    /// Whether the other end was lost before we left.
    var isPeerLost = false
    /// How long the login command may stay beyond its patience, as it still has something to say.
    var loginMayStayUntil: Instant?
    /// When it was last kept from saying it, or we began to leave.
    var heldAt: Instant
    /// How the login command is pressed to end, once its patience is over.
    var loginEnding: Termination?

    init(_ outcome: Outcome, _ now: Instant) {
        self.outcome = outcome
        began = now
        heldAt = now
    }
}

/// Leaving: the outcome is settled, and everything that we started must end.
extension HereCore {
    /// Settles the outcome, once, and begins to leave.
    ///
    /// - Parameter isOrderly: Whether everything came to its end, so that nothing must be broken.
    mutating func conclude(
        _ outcome: Outcome, _ now: Instant, isOrderly: Bool = false
    ) -> [SessionStep] {
        guard phase != .parting else { return [] }
        phase = .parting
        parting = Parting(outcome, now)
        return [
            .endMeeting, .send(isOrderly ? .done : .cancel), .tellProgress(progress(.last)),
            .part(isOrderly: isOrderly),
        ]
    }

    mutating func noteParted(_ parted: Parted) -> [SessionStep] {
        parting?.isPeerLost = parted.isPeerLost
        return parted.isOrderly ? homeOutputNotes(parted.homeByteCount).map { .note($0) } : []
    }

    /// Much that came home into a file or a pipe was perhaps meant for there: the shell here reads the
    /// line first.
    private func homeOutputNotes(_ byteCount: Int64) -> [String] {
        guard plan.consumer == nil, byteCount >= 1_000_000, surroundings.outputIsFileOrPipe else {
            return []
        }
        let name = Text.quoted(plan.remote.first?.bytes ?? [])
        return [
            "\(name) wrote \(Text.size(byteCount)) that came back through the login",
            "hint: -o - gives it its own connection; was it meant for a file there? "
                + "write { sh -c 'COMMAND > FILE' }",
        ]
    }

    mutating func interrupted(by signal: CInt, _ now: Instant) -> [SessionStep] {
        guard phase == .parting else { return conclude(Outcome(signal: signal), now) }
        // A signal while we leave: at once.
        parting?.outcome = Outcome(signal: signal)
        return [.hurry, .signalLogin(Signal.kill)]
    }

    /// Whether there is nobody at the other end any more who could tell us anything.
    private func isAlone(_ parting: Parting) -> Bool {
        parting.isPeerLost || liveness.isSilentTooLong || metAt == nil || loginLoss != nil
    }

    /// How long the login command may take to end by itself: the other end has commands to end once
    /// it was told to start one, and it can only be told while somebody listens.
    private func loginPatience(_ parting: Parting) -> Instant.Span {
        // A login that is still under way has nothing to tell.
        if loginLoss != nil { return .seconds(0) }
        guard parting.outcome.isSuccess || isAlone(parting) else { return .seconds(9) }
        return .seconds(hello == nil ? 0 : 2)
    }

    /// When the login command is next pressed to end.
    func loginMustEndAt(_ view: some SessionView) -> Instant? {
        guard let parting, view.isLoginRunning else { return nil }
        if let ending = parting.loginEnding { return ending.deadline }
        return max(
            parting.began + loginPatience(parting), parting.loginMayStayUntil ?? parting.began)
    }

    mutating func lookAfterParting(_ view: some SessionView, _ now: Instant) -> [SessionStep] {
        guard let loginMustEndAt = loginMustEndAt(view), now >= loginMustEndAt else { return [] }
        if parting?.loginEnding == nil, let moment = loginSpeaksUntil(view, now) {
            parting?.loginMayStayUntil = moment
            return []
        }
        var ending = parting?.loginEnding ?? Termination(now: now)
        if parting?.loginEnding != nil { _ = ending.advance(now) }
        parting?.loginEnding = ending
        return ending.signal.map { [.signalLogin($0)] } ?? []
    }

    /// Until when the login command is not to be pressed, as it brings what commands there said on
    /// standard error before they ended.
    ///
    /// What it cannot say yet, as our standard error is full, is waited for. What it says later than
    /// a minute after that is news: of somebody who will not stop.
    private mutating func loginSpeaksUntil(_ view: some SessionView, _ now: Instant) -> Instant? {
        guard let parting, !isAlone(parting), !parting.outcome.isInterruption else { return nil }
        if !view.standardError.hasRoom || view.isTerminalStopped {
            self.parting?.heldAt = now
            return now + .seconds(2)
        }
        guard let spoken = view.loginSpokeAt, spoken + .seconds(2) > now,
            now < parting.heldAt + .seconds(60)
        else { return nil }
        return spoken + .seconds(2)
    }

    package func isOver(_ view: some SessionView, _ now: Instant) -> Bool {
        guard let parting else { return false }
        return !view.isLoginRunning || parting.loginEnding?.stage == .givenUp
    }
}
