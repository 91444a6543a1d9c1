import LinuxSystem

/// When to ask again for what no event tells: often at first, ten times a second after a while.
///
/// The wait is at most an eighth longer than needed.
package struct Patience: Equatable, Sendable {
    private static let shortest = Instant.Span(nanoseconds: 50_000)
    private static let longest = Instant.Span.milliseconds(100)

    private var since: Instant?
    package private(set) var next: Instant?

    /// Waits for nothing.
    package init() {}

    /// Says at `next` when to ask again, while there is something to wait for.
    package mutating func wait(_ now: Instant) {
        let since = since ?? now
        self.since = since
        if let next, next > now { return }
        let eighth = Instant.Span(nanoseconds: (now - since).nanoseconds / 8)
        next = now + min(max(eighth, Patience.shortest), Patience.longest)
    }

    /// What was waited for has come.
    package mutating func end() {
        self = Patience()
    }
}
