import LinuxSystem

/// Writes the events of a session for a program: one when the bytes begin to move, one each second,
/// one for each loss and each return, and one at the end.
///
/// A reader that is slow misses whole events.
package final class ProgressLines {
    private static let interval = Instant.Span.seconds(1)

    private let sink: ErrorSink
    private var events: ProgressEvents?
    /// When to tell again.
    package private(set) var isDueAt: Instant

    package init(_ now: Instant, _ sink: ErrorSink) {
        self.sink = sink
        isDueAt = now
    }

    /// - Parameter started: When the two ends met.
    package func tell(
        _ sights: [ProgressEvents.Sight], _ losses: LossFacts, since started: Instant?,
        _ now: Instant
    ) {
        guard let started, now >= isDueAt else { return }
        tell(losses, now)
        let event: JSON
        if let told = events?.interval(sights, now, .now) {
            event = told
        } else {
            events = ProgressEvents(started)
            event = ProgressEvents.start(sights, .now)
        }
        add(event)
        let next = isDueAt + ProgressLines.interval
        isDueAt = next > now ? next : now + ProgressLines.interval
    }

    private func tell(_ losses: LossFacts, _ now: Instant) {
        for event in events?.losses(losses, now, .now) ?? [] { add(event) }
    }

    private func add(_ event: JSON) {
        sink.add([UInt8](event.line.utf8), .note)
    }

    package func end(
        _ sights: [ProgressEvents.Sight], _ losses: LossFacts = LossFacts(),
        since started: Instant?, _ now: Instant, _ outcome: Outcome
    ) {
        tell(losses, now)
        let event = ProgressEvents.end(sights, since: started, now, .now, outcome)
        sink.add([UInt8](event.line.utf8), .error)
    }
}
