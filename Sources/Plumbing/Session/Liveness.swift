import LinuxSystem

/// One clock for every sign of life: silence on all channels together decides, nothing else.
///
/// Time in which we ourselves did not run (Ctrl-Z, a suspended host) is not silence.
package struct Liveness: Sendable {
    /// How often a heartbeat and a keepalive ask: a few times within the limit.
    package let heartbeat: Instant.Span
    /// The longest time between two looks; what is above it we slept through.
    package let lookInterval: Instant.Span
    package let limit: Instant.Span
    private var silence = Instant.Span(nanoseconds: 0)
    private var hasHeard = false
    private var lastLook: Instant
    private var lastHeartbeat: Instant

    package init(limit: Instant.Span, now: Instant) {
        self.limit = limit
        let third = Instant.Span(nanoseconds: limit.nanoseconds / 3)
        heartbeat = min(.seconds(15), third)
        lookInterval = min(.seconds(5), third)
        lastLook = now
        lastHeartbeat = now
    }

    package var nextLook: Instant { lastLook + lookInterval }
    package var isSilentTooLong: Bool { !hasHeard && silence >= limit }

    package mutating func heard() {
        hasHeard = true
    }

    /// Counts the silence since the last look.
    ///
    /// - Returns: Whether it is time for a heartbeat.
    package mutating func look(_ now: Instant) -> Bool {
        // What was heard since the last look came at its end, for all we know.
        let passed = min(now - lastLook, lookInterval)
        silence = hasHeard ? Instant.Span(nanoseconds: 0) : silence + passed
        hasHeard = false
        lastLook = now
        guard now - lastHeartbeat >= heartbeat else { return false }
        lastHeartbeat = now
        return true
    }
}
