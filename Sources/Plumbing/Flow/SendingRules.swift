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

    /// What one look at the flow found.
    package struct Observation: Sendable {
        package var now: Instant
        /// How the command that writes ended; `nil` while it runs.
        package var command: ExitStatus?
        package var counters: TCPCounters
        /// Whether our FIN, whoever sent it, was acknowledged.
        package var finIsAcknowledged: Bool
        /// Whether a reset waits for the next reader or writer to notice it.
        package var hasPendingError: Bool

        package init(
            now: Instant, command: ExitStatus?, counters: TCPCounters, finIsAcknowledged: Bool,
            hasPendingError: Bool
        ) {
            self.now = now
            self.command = command
            self.counters = counters
            self.finIsAcknowledged = finIsAcknowledged
            self.hasPendingError = hasPendingError
        }
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
    ///   - isHeld: Whether any descendant may still write; asked only when it matters.
    ///   - holdsReset: Takes the reset's own error away, and says whether it was there; asked when
    ///     nobody else can be told of it.
    package mutating func step(
        _ seen: Observation, isHeld: () -> Bool, holdsReset: () -> Bool = { true }
    ) -> Step {
        if case .over = state { return .wait }
        let isReset = seen.counters.state == .closed
        if !isReset, state != .lost, mustBreak(seen.command) {
            state = .over(.broken)
            return .breakStream
        }
        switch state {
        case .moving:
            // The command has shut the stream down itself: nobody writes after that.
            if isReset, seen.finIsAcknowledged { return finish(.finished) }
            if isReset {
                state = .lost
                return whenLost(seen, isHeld, holdsReset)
            }
            idle.look(seen.now, progress: seen.counters.progress)
            guard mayLookForHolders(seen), !isHeld() else { return .wait }
            state = .draining
            return .shutDownWriting
        case .draining:
            // Nobody writes after our shutdown: a reset now changes no byte, the counts decide.
            if seen.finIsAcknowledged { return finish(.finished) }
            return isReset ? finish(.untouched) : .wait
        case .lost:
            return whenLost(seen, isHeld, holdsReset)
        case .over:
            return .wait
        }
    }

    private func mustBreak(_ command: ExitStatus?) -> Bool {
        guard let command else { return false }
        return switch breaking {
        case .killed: command.meansKilled
        case .anyFailure: !command.isSuccess
        case .nothing: false
        }
    }

    private mutating func mayLookForHolders(_ seen: Observation) -> Bool {
        if seen.command != nil { return true }
        return !isStrict && idle.isDue(seen.now)
    }

    /// Whoever writes after the reset takes its error away: if it is still there, nobody did.
    private mutating func whenLost(
        _ seen: Observation, _ isHeld: () -> Bool, _ holdsReset: () -> Bool
    ) -> Step {
        guard seen.command != nil, !isHeld() else { return .wait }
        let isUntouched = seen.hasPendingError && seen.counters.sent != nil && holdsReset()
        return finish(isUntouched ? .untouched : .reset)
    }

    private mutating func finish(_ ending: FlowFacts.Ending) -> Step {
        state = .over(ending)
        return .finish(ending)
    }
}

extension TCPCounters {
    /// A number that changes when a byte of the flow moves, in either role.
    var progress: Int64 { acknowledged &+ received &+ (sent ?? 0) &+ (notSent ?? 0) }
}
