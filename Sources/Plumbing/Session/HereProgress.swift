import LinuxSystem

/// How far a session is that still runs.
extension HereSession {
    /// Shows the line of `--progress`, or says it once.
    func tellProgress(_ now: Instant) {
        let text = progressText(now)
        if let status { status.draw(text, now) } else { say.tell(text) }
    }

    /// The last state stays on the screen.
    func finishProgress() {
        guard let status, rules.metAt != nil else { return }
        let text = progressText(.now)
        status.clear()
        say.error(text)
    }

    private func progressText(_ now: Instant) -> String {
        guard !ends.isEmpty, let metAt = rules.metAt else { return "not connected yet" }
        while progress.count < ends.count {
            let counted: Flow = plan.producer == nil ? .back : .out
            let expected = ends[progress.count].flow == counted ? plan.size : nil
            progress.append(
                Progress(metAt, expected: expected, servesReaders: plan.relay.servesReaders))
        }
        var texts: [String] = []
        for (index, end) in ends.enumerated() {
            var line = progress[index].line(end.endedAt ?? now, byteCount: end.movedByteCount)
            if let feeding = feeding(end) { line += "  \(feeding.progressSentence)" }
            texts.append(ends.count > 1 ? "\(end.flow.rawValue) \(line)" : line)
        }
        return texts.joined(separator: "; ")
    }

    /// How the flow's reader is fed, at whichever end he is.
    private func feeding(_ end: FlowEnd) -> FeedFacts? {
        end.relay?.feeding
            ?? (rules.feedingThere?.flow == end.flow ? rules.feedingThere?.facts : nil)
    }
}
