import LinuxSystem
import Relaying

/// Shows how far a session is that still runs, and keeps the last state on the screen.
final class ProgressTeller {
    let status: StatusLine?
    private let plan: Plan
    private let say: Diagnostics
    /// The bytes that the first writer will make, where that is sure.
    private let size: Int64?
    private var progress: [Progress] = []

    init(_ plan: Plan, _ errors: ErrorSink) {
        self.plan = plan
        size = plan.size ?? plan.knownSize
        status = plan.showsProgress ? StatusLine(.now, errors) : nil
        say = Diagnostics(plan.verbosity, errors, over: status)
    }

    /// Shows the line of `--progress`, or says it once if a signal asks for it.
    func show(_ lanes: [Lane<HostParts>], _ state: ProgressState) {
        if state.isLast {
            guard let status, state.metAt != nil else { return }
            let last = text(lanes, state)
            status.clear()
            say.error(last.within(columns: status.room.map { $0 - Diagnostics.nameLength }))
        } else if let status {
            status.draw(text(lanes, state).within(columns: status.room), .now)
        } else {
            say.tell(text(lanes, state).whole)
        }
    }

    private func text(_ lanes: [Lane<HostParts>], _ state: ProgressState) -> FittedText {
        var text = FittedText()
        guard !lanes.isEmpty, let metAt = state.metAt else {
            text.add("not connected yet")
            return text
        }
        let ends = lanes.map { $0.end }
        while progress.count < ends.count {
            let counted: Flow = plan.producer == nil ? .back : .out
            let expected = ends[progress.count].flow == counted ? size : nil
            progress.append(
                Progress(
                    metAt, expected: expected, isPromised: plan.size != nil,
                    servesReaders: plan.relay.servesReaders))
        }
        for (index, end) in ends.enumerated() {
            if index > 0 { text.add("; ") }
            if ends.count > 1 { text.add("\(end.flow.rawValue) ") }
            text.add(
                progress[index].line(
                    end.endedAt ?? .now, byteCount: end.movedByteCount,
                    isOver: state.isLast || end.isOver))
            guard let feeding = feeding(end, state) else { continue }
            text.add("  ")
            text.add(feeding.progress)
        }
        return text
    }

    /// How the flow's reader is fed, at whichever end it is.
    private func feeding(_ end: HostFlowEnd, _ state: ProgressState) -> FeedFacts? {
        end.relay?.feeding
            ?? (state.feedingThere?.flow == end.flow ? state.feedingThere?.facts : nil)
    }
}
