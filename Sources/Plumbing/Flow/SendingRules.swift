import LinuxSystem

/// When the writing end of a flow shuts down, breaks or is over.
///
/// A pure state machine over what was seen: the same events give the same steps.
package struct SendingRules: Sendable {
    package enum State: Equatable, Sendable {
        case moving
        /// Nobody can write any more; the FIN is on its way.
        case draining
        /// The peer reset the connection while a command could still write.
        case lost
        case over(FlowFacts.Ending)
    }

    package enum Step: Equatable, Sendable {
        case wait
        case shutDownWriting
        case breakStream
        case finish(FlowFacts.Ending)
    }

    /// Which end of the command that writes keeps its stream from coming to a clean end.
    package enum Breaking: Sendable {
        case killed, anyFailure
        /// The reader is our own output: what stands behind it cannot be given an error, and would
        /// only get less.
        case nothing
    }

    package let breaking: Breaking
    package private(set) var state = State.moving
    private var idle = Idleness()

    package init(_ breaking: Breaking) {
        self.breaking = breaking
    }

    package init(isStrict: Bool) {
        self.init(isStrict ? .anyFailure : .killed)
    }

    package var isStrict: Bool { breaking == .anyFailure }

    /// Decides what to do after a look at the flow.
    ///
    /// - Parameters:
    ///   - command: How the command that writes ended; `nil` while it runs.
    ///   - isHeld: Whether any descendant may still write; asked only when it matters.
    ///   - holdsReset: Takes the reset's own error away, and says whether it was there; asked when
    ///     nobody else can be told of it.
    package mutating func step(
        _ seen: Observation, command: ExitStatus?, _ now: Instant, isHeld: () -> Bool,
        holdsReset: () -> Bool = { true }
    ) -> Step {
        if case .over = state { return .wait }
        if !seen.isClosed, state != .lost, mustBreak(command) {
            state = .over(.broken)
            return .breakStream
        }
        switch state {
        case .moving:
            // The command has shut the stream down itself: nobody writes after that.
            if seen.isClosed, seen.endIsAcknowledged { return finish(.finished) }
            if seen.isClosed {
                state = .lost
                return whenLost(seen, command, isHeld, holdsReset)
            }
            idle.look(now, progress: seen.written &+ seen.acknowledged)
            guard mayLookForHolders(command, now), !isHeld() else { return .wait }
            state = .draining
            return .shutDownWriting
        case .draining:
            // Nobody writes after our shutdown: a reset now changes no byte, the counts decide.
            if seen.endIsAcknowledged { return finish(.finished) }
            return seen.isClosed ? finish(.untouched) : .wait
        case .lost:
            return whenLost(seen, command, isHeld, holdsReset)
        case .over:
            return .wait
        }
    }

    /// The FIN of a connection that is lost is to be sent again by the next.
    mutating func resume() {
        if state == .draining { state = .moving }
    }

    func mustBreak(_ command: ExitStatus?) -> Bool {
        guard let command else { return false }
        return switch breaking {
        case .killed: command.meansKilled
        case .anyFailure: !command.isSuccess
        case .nothing: false
        }
    }

    private mutating func mayLookForHolders(_ command: ExitStatus?, _ now: Instant) -> Bool {
        if command != nil { return true }
        return !isStrict && idle.isDue(now)
    }

    /// A process that writes after the reset takes its error away: if it is still there, none did.
    private mutating func whenLost(
        _ seen: Observation, _ command: ExitStatus?, _ isHeld: () -> Bool,
        _ holdsReset: () -> Bool
    ) -> Step {
        guard command != nil, !isHeld() else { return .wait }
        let isUntouched = seen.hasPendingError && seen.countsSent && holdsReset()
        return finish(isUntouched ? .untouched : .reset)
    }

    private mutating func finish(_ ending: FlowFacts.Ending) -> Step {
        state = .over(ending)
        return .finish(ending)
    }
}
