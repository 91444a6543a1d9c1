import LinuxSystem

/// What was lost, and when.
package struct CutFacts: Equatable, Sendable {
    /// The flow whose connection was lost; `nil` for the login.
    package let flow: Flow?
    package let at: Instant

    package init(_ flow: Flow?, at moment: Instant) {
        self.flow = flow
        at = moment
    }
}

/// A loss after which the session went on.
package struct ReconnectFacts: Equatable, Sendable {
    package let cut: CutFacts
    /// How long it was until another took its place.
    package let after: Instant.Span
    /// How often that was tried, the last time included.
    package let tries: Int64
    /// Where the flow went on: so many bytes were at its receiver.
    package let bytes: Int64
    /// The bytes that were sent again.
    package let resent: Int64

    package init(
        _ cut: CutFacts, after: Instant.Span, tries: Int64, bytes: Int64 = 0, resent: Int64 = 0
    ) {
        self.cut = cut
        self.after = after
        self.tries = tries
        self.bytes = bytes
        self.resent = resent
    }
}

/// What is lost now, and what the session went on after, oldest first.
package struct LossFacts: Equatable, Sendable {
    package var cuts: [CutFacts] = []
    package var reconnects: [ReconnectFacts] = []

    package init() {}
}
