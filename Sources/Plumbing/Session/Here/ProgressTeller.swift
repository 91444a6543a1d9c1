import LinuxSystem
import Relaying

/// Shows how far a session is that still runs, and keeps the last state on the screen.
final class ProgressTeller {
    let status: StatusLine?
    private let lines: ProgressLines?
    private let plan: Plan
    private let say: Diagnostics
    /// The bytes that the first writer will make, where that is sure.
    private let size: Int64?
    private var progress: [Progress] = []

    /// - Parameter lines: What takes lines for a program.
    init(_ plan: Plan, _ errors: ErrorSink, lines: ErrorSink?) {
        self.plan = plan
        size = plan.size ?? plan.knownSize
        status = plan.showsProgress ? StatusLine(.now, errors) : nil
        self.lines = lines.map { ProgressLines(.now, $0) }
        say = Diagnostics(plan.verbosity, errors, over: status)
    }

    var isDueAt: Instant? { [status?.nextDrawing, lines?.isDueAt].compactMap { $0 }.min() }

    /// Shows the line of `--progress`, or says it once if a signal asks for it.
    func show(_ lanes: [Lane<HostParts>], _ state: ProgressState) {
        switch state.occasion {
        case .due:
            if let status, status.nextDrawing <= .now { draw(status, lanes, state) }
            lines?.tell(sights(lanes, state), state.losses, since: state.metAt, .now)
        case .asked, .resized:
            if let status { draw(status, lanes, state) } else { say.tell(text(lanes, state).whole) }
        case .last:
            guard let status, state.metAt != nil else { return }
            let last = text(lanes, state)
            status.clear()
            say.error(last.within(columns: status.room.map { $0 - Diagnostics.nameLength }))
        }
    }

    /// Tells a program what came of it all.
    func end(_ lanes: [Lane<HostParts>], _ state: ProgressState, _ outcome: Outcome) {
        lines?.end(sights(lanes, state), state.losses, since: state.metAt, .now, outcome)
    }

    private func draw(_ status: StatusLine, _ lanes: [Lane<HostParts>], _ state: ProgressState) {
        status.draw(text(lanes, state).within(columns: status.room), .now)
    }

    private func sights(
        _ lanes: [Lane<HostParts>], _ state: ProgressState
    ) -> [ProgressEvents.Sight] {
        lanes.map { lane in
            var sight = ProgressEvents.Sight(lane.end.flow, byteCount: lane.end.movedByteCount)
            sight.endedAt = lane.end.endedAt
            sight.size = size(of: lane.end.flow)
            sight.limit = state.rates[lane.end.flow]
            sight.buffer = feeding(lane.end, state)?.buffer
            return sight
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
            progress.append(
                Progress(
                    metAt, expected: size(of: ends[progress.count].flow),
                    isPromised: plan.size != nil, servesReaders: plan.relay.servesReaders))
        }
        let isLast = state.occasion == .last
        for (index, end) in ends.enumerated() {
            if index > 0 { text.add("; ") }
            if ends.count > 1 { text.add("\(end.flow.rawValue) ") }
            text.add(
                progress[index].line(
                    end.endedAt ?? .now, byteCount: end.movedByteCount,
                    isOver: isLast || end.isOver, pause: isLast ? nil : pause(end.flow, state)))
            guard let feeding = feeding(end, state) else { continue }
            text.add("  ")
            text.add(feeding.progress)
        }
        if !isLast, let login = pause(nil, state) { text.add("; \(login)", as: .rate) }
        return text
    }

    /// What to show of a flow, or of the login, that is lost now.
    private func pause(_ flow: Flow?, _ state: ProgressState) -> String? {
        state.losses.cuts.first { $0.flow == flow }?.progress(.now, within: plan.reconnectLimit)
    }

    private func size(of flow: Flow) -> Int64? {
        flow == (plan.producer == nil ? .back : .out) ? size : nil
    }

    /// How the flow's reader is fed, at whichever end it is.
    private func feeding(_ end: HostFlowEnd, _ state: ProgressState) -> FeedFacts? {
        end.relay?.feeding
            ?? (state.feedingThere?.flow == end.flow ? state.feedingThere?.facts : nil)
    }
}
