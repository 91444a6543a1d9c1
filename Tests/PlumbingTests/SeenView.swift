import LinuxSystem
import Plumbing
import Relaying

/// What a test lets a core see.
struct SeenView: SessionView {
    var commands: [Command] = []
    var flows: [(flow: Flow, facts: FlowFacts?)] = []
    var feeding: (flow: Flow, facts: FeedFacts)?
    var isAlive = true
    var deadFlow: Flow?
    var pathHint: String?
    var isCalling = false
    var knowledge: Candidates.Knowledge?
    var channelHasEnded = false
    var backlog = 0
    var homeIsOver = true
    var isLoginRunning = false
    var loginSpokeAt: Instant?
    var standardError = StandardError()
    var isTerminalStopped = false
    var progressIsDueAt: Instant?

    func showsLife(within span: Instant.Span) -> Bool { isAlive }
    func deadFlow(for span: Instant.Span) -> Flow? { deadFlow }
}

extension SessionStep {
    /// What the step says to the other end; the step itself where it is none.
    var verb: String {
        switch self {
        case .send(let message):
            String(decoding: message.line.encoded.prefix { $0 > 32 }, as: UTF8.self)
        case .sendHeartbeat: "alive"
        case .look: "(look)"
        case .peerBroke: "(peerBroke)"
        case .part: "(part)"
        case .start: "(start)"
        default: "(other)"
        }
    }
}
