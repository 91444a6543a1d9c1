import LinuxSystem
import Relaying

/// What `--progress=json` tells, as values of `progress.schema.json`.
package struct ProgressEvents: Sendable {
    /// The version of the schema: raise it if a member changes its meaning or goes.
    private static let version: Int64 = 1
    /// After so long without a byte a flow is stalled.
    private static let patience = Instant.Span.seconds(5)

    /// How far a flow is.
    package struct Sight: Sendable {
        package var flow: Flow
        package var byteCount: Int64
        /// When the flow ended.
        package var endedAt: Instant?
        /// The bytes that it will carry, where that is known.
        package var size: Int64?
        package var limit: Int64?
        package var buffer: FeedFacts.Buffer?

        package init(_ flow: Flow, byteCount: Int64) {
            self.flow = flow
            self.byteCount = byteCount
        }
    }

    private struct Last {
        var byteCount: Int64 = 0
        var movedAt: Instant
    }

    private let started: Instant
    private var last: [Flow: Last] = [:]
    private var lastAt: Instant
    private var toldCuts: [CutFacts] = []
    private var toldCount = 0

    /// - Parameter started: When the two ends met.
    package init(_ started: Instant) {
        self.started = started
        lastAt = started
    }

    package static func start(_ sights: [Sight], _ moment: WallTime) -> JSON {
        event(
            "start",
            [
                ("time", .text(moment.text)), ("version", .number(version)),
                ("program", .text("socketpipe \(Version.program)")),
                (
                    "flows",
                    .list(
                        sights.map {
                            .object([
                                ("direction", .text($0.flow.rawValue)),
                                ("size", .optional($0.size)),
                            ])
                        })
                ),
            ])
    }

    /// What happened since the last call.
    package mutating func interval(
        _ sights: [Sight], _ now: Instant, _ moment: WallTime
    ) -> JSON {
        let span = now - lastAt
        let flows = sights.map { flow($0, now, span) }
        lastAt = now
        return ProgressEvents.event(
            "interval",
            [
                ("time", .text(moment.text)),
                ("seconds", .fraction((now - started).milliseconds)),
                ("interval_seconds", .fraction(span.milliseconds)), ("flows", .list(flows)),
            ])
    }

    /// What was lost, and went on, since the last call.
    package mutating func losses(
        _ losses: LossFacts, _ now: Instant, _ moment: WallTime
    ) -> [JSON] {
        var events: [JSON] = []
        for fact in losses.reconnects.dropFirst(toldCount) {
            if !toldCuts.contains(fact.cut) { events.append(cut(fact.cut, now, moment)) }
            events.append(resumed(fact, now, moment))
        }
        for fact in losses.cuts where !toldCuts.contains(fact) {
            events.append(cut(fact, now, moment))
        }
        toldCuts = losses.cuts
        toldCount = losses.reconnects.count
        return events
    }

    private func cut(_ fact: CutFacts, _ now: Instant, _ moment: WallTime) -> JSON {
        ProgressEvents.event("cut", times(fact.at, now, moment) + [fact.member])
    }

    private func resumed(_ fact: ReconnectFacts, _ now: Instant, _ moment: WallTime) -> JSON {
        let isFlow = fact.cut.flow != nil
        return ProgressEvents.event(
            "resumed",
            times(fact.cut.at + fact.after, now, moment) + [
                fact.cut.member, ("after_seconds", .fraction(fact.after.milliseconds)),
                ("bytes", isFlow ? .number(fact.bytes) : .null),
                ("resent_bytes", isFlow ? .number(fact.resent) : .null),
                ("tries", .number(fact.tries)),
            ])
    }

    /// When it was, which is told a little later.
    private func times(_ at: Instant, _ now: Instant, _ moment: WallTime) -> [(String, JSON)] {
        let time = WallTime(milliseconds: moment.milliseconds - (now - at).milliseconds)
        return [
            ("time", .text(time.text)), ("seconds", .fraction((at - started).milliseconds)),
        ]
    }

    package static func end(
        _ sights: [Sight], since started: Instant?, _ now: Instant, _ moment: WallTime,
        _ outcome: Outcome
    ) -> JSON {
        let flows = sights.map { sight in
            let mean = started.map {
                Progress.rate(sight.byteCount, in: (sight.endedAt ?? now) - $0)
            }
            return JSON.object([
                ("direction", .text(sight.flow.rawValue)), ("bytes", .number(sight.byteCount)),
                ("mean_bytes_per_second", .optional(mean)),
            ])
        }
        return event(
            "end",
            [
                ("time", .text(moment.text)),
                ("seconds", started.map { .fraction((now - $0).milliseconds) } ?? .null),
                ("status", .number(Int64(outcome.ending.status))),
                ("outcome", .text(outcome.name)), ("sentence", .text(outcome.sentence)),
                ("flows", .list(flows)),
            ])
    }

    private mutating func flow(_ sight: Sight, _ now: Instant, _ span: Instant.Span) -> JSON {
        var last = last[sight.flow] ?? Last(movedAt: started)
        let moved = sight.byteCount - last.byteCount
        if moved > 0 { last.movedAt = now }
        last.byteCount = sight.byteCount
        self.last[sight.flow] = last
        let isOver = sight.endedAt != nil
        let mean = Progress.rate(sight.byteCount, in: (sight.endedAt ?? now) - started)
        let idle = isOver ? Instant.Span.seconds(0) : now - last.movedAt
        return .object([
            ("direction", .text(sight.flow.rawValue)), ("bytes", .number(sight.byteCount)),
            ("bytes_per_second", .number(Progress.rate(moved, in: span))),
            ("mean_bytes_per_second", .number(mean)), ("size", .optional(sight.size)),
            ("percent", sight.percent), ("seconds_left", isOver ? .null : sight.secondsLeft(mean)),
            ("limit_bytes_per_second", .optional(sight.limit)),
            ("idle_seconds", .fraction(idle.milliseconds)),
            ("stalled", .boolean(idle >= ProgressEvents.patience)), ("ended", .boolean(isOver)),
            ("buffer", sight.buffer.map { ProgressEvents.json(of: $0) } ?? .null),
        ])
    }

    private static func json(of buffer: FeedFacts.Buffer) -> JSON {
        .object([
            ("capacity_bytes", .number(buffer.capacity)), ("fill_bytes", .number(buffer.fill)),
            ("stops", .number(buffer.stops)),
        ])
    }

    private static func event(_ name: String, _ data: [(String, JSON)]) -> JSON {
        .object([("event", .text(name)), ("data", .object(data))])
    }
}

extension CutFacts {
    fileprivate var member: (String, JSON) { ("what", .text(flow?.rawValue ?? "login")) }
}

extension ProgressEvents.Sight {
    /// With three decimals; `null` if more came than was known of.
    fileprivate var percent: JSON {
        guard let size, size > 0, byteCount <= size else { return .null }
        let isSmall = byteCount < .max / 100_000
        return .fraction(isSmall ? byteCount * 100_000 / size : byteCount / (size / 100_000))
    }

    fileprivate func secondsLeft(_ mean: Int64) -> JSON {
        guard let size, byteCount <= size, mean > 0 else { return .null }
        let (seconds, rest) = (size - byteCount).quotientAndRemainder(dividingBy: mean)
        return .number(seconds + (rest > 0 ? 1 : 0))
    }
}
