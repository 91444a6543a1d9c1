import LinuxSystem

/// The stages of ending commands: TERM, after 2 s KILL, and after 5 s more we give up.
package struct Termination: Sendable {
    package enum Stage: Equatable, Sendable { case asked, killed, givenUp }

    static let patience = Instant.Span.seconds(2)
    static let lastPatience = Instant.Span.seconds(5)

    package private(set) var stage = Stage.asked
    private var stageEnds: Instant

    /// - Parameter isUrgent: Whether to begin with KILL.
    package init(now: Instant, isUrgent: Bool = false) {
        stage = isUrgent ? .killed : .asked
        stageEnds = now + (isUrgent ? Termination.lastPatience : Termination.patience)
    }

    package var deadline: Instant? { stage == .givenUp ? nil : stageEnds }

    /// Whether it no longer asks with TERM.
    package var isUrgent: Bool { stage != .asked }

    /// The signal that is due at this stage.
    package var signal: CInt? {
        switch stage {
        case .asked: Signal.terminate
        case .killed: Signal.kill
        case .givenUp: nil
        }
    }

    /// Goes to the next stage when its time has come.
    ///
    /// - Returns: Whether it did.
    package mutating func advance(_ now: Instant) -> Bool {
        guard stage != .givenUp, now >= stageEnds else { return false }
        stage = stage == .asked ? .killed : .givenUp
        stageEnds = now + Termination.lastPatience
        return true
    }

    package mutating func hurry(_ now: Instant) {
        guard stage == .asked else { return }
        stage = .killed
        stageEnds = now + Termination.lastPatience
    }
}
