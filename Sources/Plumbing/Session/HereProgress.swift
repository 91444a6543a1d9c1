import LinuxSystem

/// How far a session is that still runs.
extension HereSession {
    /// Shows the line of `--progress`, or says it once.
    func tellProgress(_ now: Instant) {
        let text = progressText(now)
        if let status { status.draw(text, now) } else { say.error(text) }
    }

    /// The last state stays on the screen.
    func finishProgress() {
        guard let status, metAt != nil else { return }
        let text = progressText(.now)
        status.clear()
        say.error(text)
    }

    private func progressText(_ now: Instant) -> String {
        guard !ends.isEmpty, let metAt else { return "not connected yet" }
        while progress.count < ends.count {
            let counted: Flow = plan.producer == nil ? .back : .out
            let expected = ends[progress.count].flow == counted ? plan.size : nil
            progress.append(Progress(metAt, expected: expected))
        }
        var texts: [String] = []
        for (index, end) in ends.enumerated() {
            var line = progress[index].line(end.endedAt ?? now, byteCount: end.movedByteCount)
            if let fill = end.relay?.feeding?.fillSentence { line += "  \(fill)" }
            texts.append(ends.count > 1 ? "\(end.flow.rawValue) \(line)" : line)
        }
        return texts.joined(separator: "; ")
    }
}
