import LinuxSystem

/// How long the peer's kernel has left unanswered what a connection asks of it: to acknowledge bytes
/// or a FIN, or a keepalive.
///
/// A reader may rest for hours: his kernel answers all the same.
package struct AnswerWatch: Sendable {
    /// What is above it between two looks we slept through.
    private static let longestStep = Instant.Span.seconds(1)
    /// The kernel's clock is as coarse as that.
    private static let slack = Instant.Span.milliseconds(20)

    /// A keepalive asks only after a silence, which counts as well.
    let heartbeat: Instant.Span
    package private(set) var silence = Instant.Span(nanoseconds: 0)
    private var lastLook: Instant?

    /// - Parameter heartbeat: How often a keepalive asks.
    package init(heartbeat: Instant.Span) {
        self.heartbeat = heartbeat
    }

    /// Counts the silence since the last look.
    ///
    /// - Parameter awaitsWord: Whether everything has come, and only the other end's word is missing:
    ///   whatever its kernel says is no answer then.
    package mutating func note(_ seen: Observation, awaitsWord: Bool, _ now: Instant) {
        let passed = lastLook.map { now - $0 } ?? .seconds(0)
        lastLook = now
        let answered = seen.silentFor ?? .seconds(0)
        let isSilent = seen.awaitsAnswer && answered > passed + AnswerWatch.slack
        guard isSilent || awaitsWord else {
            silence = .seconds(0)
            return
        }
        if silence == .seconds(0), isSilent, seen.isProbed {
            silence = min(answered, heartbeat)
        } else {
            silence = silence + min(passed, AnswerWatch.longestStep)
        }
    }
}
