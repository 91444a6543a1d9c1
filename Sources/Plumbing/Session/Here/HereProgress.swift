import LinuxSystem
import Relaying

/// How far a session is that still runs.
extension HereSession {
    /// Shows the line of `--progress`, or says it once.
    func tellProgress(_ now: Instant) {
        let text = progressText(now)
        if let status {
            status.draw(text.within(columns: status.room), now)
        } else {
            say.tell(text.whole)
        }
    }

    /// The last state stays on the screen.
    func finishProgress() {
        guard let status, rules.metAt != nil else { return }
        let text = progressText(.now, isOver: true)
        status.clear()
        say.error(text.within(columns: status.room.map { $0 - Diagnostics.nameLength }))
    }

    private func progressText(_ now: Instant, isOver: Bool = false) -> FittedText {
        var text = FittedText()
        guard !ends.isEmpty, let metAt = rules.metAt else {
            text.add("not connected yet")
            return text
        }
        while progress.count < ends.count {
            let counted: Flow = plan.producer == nil ? .back : .out
            let expected = ends[progress.count].flow == counted ? plan.size : nil
            progress.append(
                Progress(metAt, expected: expected, servesReaders: plan.relay.servesReaders))
        }
        for (index, end) in ends.enumerated() {
            if index > 0 { text.add("; ") }
            if ends.count > 1 { text.add("\(end.flow.rawValue) ") }
            text.add(
                progress[index].line(
                    end.endedAt ?? now, byteCount: end.movedByteCount,
                    isOver: isOver || end.isOver))
            guard let feeding = feeding(end) else { continue }
            text.add("  ")
            text.add(feeding.progress)
        }
        return text
    }

    /// How the flow's reader is fed, at whichever end he is.
    private func feeding(_ end: FlowEnd) -> FeedFacts? {
        end.relay?.feeding
            ?? (rules.feedingThere?.flow == end.flow ? rules.feedingThere?.facts : nil)
    }
}
