import LinuxSystem

/// A session that is leaving, and why.
struct Parting {
    var outcome: Outcome
    let began = Instant.now
    /// Whether the control channel had ended before we left: later it ends in any case, while the
    /// other end may still have commands to end.
    let isPeerLost: Bool
    /// How long the login command may stay beyond its patience, as it still has something to say.
    var loginMayStayUntil: Instant?
    /// When it was last kept from saying it, or we began to leave.
    var heldAt = Instant.now
    /// How the login command is pressed to end, once its patience is over.
    var loginEnding: Termination?

    init(_ outcome: Outcome, isPeerLost: Bool) {
        self.outcome = outcome
        self.isPeerLost = isPeerLost
    }
}

/// Leaving: the outcome is settled, and everything that we started must end.
extension HereSession {
    func part(_ outcome: Outcome, isOrderly: Bool) {
        finishProgress()
        parting = Parting(outcome, isPeerLost: control.hasEnded)
        control.finishWriting()
        if isOrderly {
            noteHomeOutput()
            for end in ends { end.close() }
            supervisor.releaseCommands()
        } else {
            for end in ends { end.breakStream() }
            supervisor.endCommands()
        }
    }

    /// Much that came home into a file or a pipe was perhaps meant for there: the shell here reads the
    /// line first.
    private func noteHomeOutput() {
        let kind = FileKind(of: 1)
        guard plan.consumer == nil, sink.byteCount >= 1_000_000, kind == .regular || kind == .pipe
        else { return }
        let name = Text.quoted(plan.remote.first?.bytes ?? [])
        say.note("\(name) wrote \(Text.size(sink.byteCount)) that came back through the login")
        say.note(
            "hint: -o - gives it its own connection; was it meant for a file there? "
                + "write { sh -c 'COMMAND > FILE' }")
    }

    func interrupted(by signal: CInt) {
        guard rules.phase == .parting else {
            conclude(Outcome(signal: signal))
            return
        }
        // A signal while we leave: at once.
        parting?.outcome = Outcome(signal: signal)
        supervisor.endCommands(isUrgent: true)
        supervisor.signalLogin(Signal.kill)
    }

    /// Whether there is nobody at the other end any more who could tell us anything.
    private func isAlone(_ parting: Parting) -> Bool {
        parting.isPeerLost || rules.isSilentTooLong || rules.metAt == nil
    }

    /// How long the login command may take to end by itself: the other end has commands to end once
    /// it was told to start one, and it can only be told while somebody listens.
    private func loginPatience(_ parting: Parting) -> Instant.Span {
        guard parting.outcome.isSuccess || isAlone(parting) else { return .seconds(9) }
        return .seconds(rules.hello == nil ? 0 : 2)
    }

    /// When the login command is next pressed to end.
    var loginMustEndAt: Instant? {
        guard let parting, supervisor.isRunning(.login) else { return nil }
        if let ending = parting.loginEnding { return ending.deadline }
        return max(
            parting.began + loginPatience(parting), parting.loginMayStayUntil ?? parting.began)
    }

    func lookAfterParting(_ now: Instant) {
        guard let loginMustEndAt, now >= loginMustEndAt else { return }
        if parting?.loginEnding == nil, let moment = loginSpeaksUntil(now) {
            parting?.loginMayStayUntil = moment
            return
        }
        var ending = parting?.loginEnding ?? Termination(now: now)
        if parting?.loginEnding != nil { _ = ending.advance(now) }
        parting?.loginEnding = ending
        if let signal = ending.signal { supervisor.signalLogin(signal) }
    }

    /// Until when the login command is not to be pressed, as it brings what commands there said on
    /// standard error before they ended.
    ///
    /// What it cannot say yet, as our standard error is full, is waited for. What it says later than
    /// a minute after that is news: of somebody who will not stop.
    private func loginSpeaksUntil(_ now: Instant) -> Instant? {
        guard let parting, !isAlone(parting), !parting.outcome.isInterruption else { return nil }
        if !errors.hasRoom || (errors.isTerminal && errors.isFull) {
            self.parting?.heldAt = now
            return now + .seconds(2)
        }
        guard let spoken = loginErrors?.lastMoment, spoken + .seconds(2) > now,
            now < parting.heldAt + .seconds(60)
        else { return nil }
        return spoken + .seconds(2)
    }

    func isOver(_ parting: Parting) -> Bool {
        if supervisor.isRunning(.login), parting.loginEnding?.stage != .givenUp { return false }
        guard supervisor.isEnding else { return true }
        let left = supervisor.survivors()
        if left.isEmpty { return true }
        guard supervisor.hasGivenUp else { return false }
        for pid in left {
            let state = Proc.state(of: pid) ?? "unknown"
            say.error("cannot kill process \(pid) here (state \(state))")
        }
        return true
    }
}
