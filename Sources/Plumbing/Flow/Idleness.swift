import LinuxSystem

/// How long a flow has not moved, and when it is worth looking who still holds it.
package struct Idleness: Sendable {
    /// A flow that has not moved for so long may have been closed by its command.
    static let threshold = Instant.Span.milliseconds(90)

    private var progress: Int64 = -1
    private var since = Instant(nanoseconds: 0)
    private var lastLook = Instant(nanoseconds: 0)

    package init() {}

    package mutating func look(_ now: Instant, progress: Int64) {
        guard progress != self.progress else { return }
        self.progress = progress
        since = now
        lastLook = now
    }

    /// Whether to look now: ten times a second at first, once a second when long idle.
    package mutating func isDue(_ now: Instant) -> Bool {
        let idle = now - since
        let interval = idle < .seconds(10) ? Idleness.threshold : .seconds(1)
        guard now - lastLook >= interval else { return false }
        lastLook = now
        return true
    }
}
