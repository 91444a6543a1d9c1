import LinuxSystem
import Relaying

/// What one end of a session does, and when: every message, every outcome and every deadline.
///
/// A pure state machine over what happened and what is to be seen: the same gives the same steps.
package protocol SessionCore {
    /// What there is to do before anything has happened.
    mutating func begin() -> [SessionStep]

    /// What follows from an event.
    mutating func take(_ event: SessionEvent, _ now: Instant) -> [SessionStep]

    /// What is due at this moment, and what follows from what is to be seen.
    mutating func advance(_ view: some SessionView, _ now: Instant) -> [SessionStep]

    /// When `advance` has something to do even if nothing happens.
    func deadline(_ view: some SessionView, _ now: Instant) -> Instant

    /// Whether nothing keeps this end any more but commands that it has to end.
    func isOver(_ view: some SessionView, _ now: Instant) -> Bool
}

/// What is to be seen at one end of a session at any time.
package protocol SessionView {
    var commands: [Command] { get }
    /// How each flow ended here; `nil` while it goes on.
    var flows: [(flow: Flow, facts: FlowFacts?)] { get }
    /// How this end's reader is fed from its buffer.
    var feeding: (flow: Flow, facts: FeedFacts)? { get }
    /// Whether a flow has shown life within such a span.
    func showsLife(within span: Instant.Span) -> Bool
    /// A flow whose path has been dead for such a span, whatever else lives.
    func deadFlow(for span: Instant.Span) -> Flow?
    /// What may be wrong with a path that is silent.
    var pathHint: String? { get }

    /// Whether a call of ours is under way.
    var isCalling: Bool { get }
    /// What this host is known by now; `nil` where that does not change.
    var knowledge: Candidates.Knowledge? { get }
    /// Whether nothing more comes from the other end.
    var channelHasEnded: Bool { get }
    /// How many bytes wait to be sent to it.
    var backlog: Int { get }
    /// Whether all that comes home of the remote command's output is where it is to go.
    var homeIsOver: Bool { get }

    var isLoginRunning: Bool { get }
    /// When the login command said something last, on a standard error that is not ours.
    var loginSpokeAt: Instant? { get }
    var standardError: StandardError { get }
    /// Whether our standard error is a terminal that takes nothing now.
    var isTerminalStopped: Bool { get }
    /// When `--progress` is to be shown again.
    var progressIsDueAt: Instant? { get }
}

/// Whether our standard error takes what is said.
package struct StandardError: Sendable {
    /// Nothing waits to be written.
    package var isEmpty = true
    /// So little waits that more may be passed on.
    package var hasRoom = true

    package init(isEmpty: Bool = true, hasRoom: Bool = true) {
        self.isEmpty = isEmpty
        self.hasRoom = hasRoom
    }
}
