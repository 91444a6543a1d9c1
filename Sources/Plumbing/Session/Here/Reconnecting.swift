import LinuxSystem

/// The flows of a session whose connection is lost, and the search for another.
struct Reconnecting: Sendable {
    /// A flow that is cut.
    struct Loss: Sendable {
        let flow: Flow
        fileprivate(set) var began: Instant
        /// The bytes that the reading end has; `nil` until it has said so.
        var byteCount: Int64?
        fileprivate(set) var tryCount = 0
        fileprivate(set) var nextTry: Instant

        init(_ flow: Flow, _ now: Instant) {
            self.flow = flow
            (began, nextTry) = (now, now)
        }

        /// Puts the next try off, longer each time.
        fileprivate mutating func pause(_ now: Instant) {
            nextTry = now + Reconnecting.pause(after: tryCount)
        }
    }

    /// The meeting for one of them.
    struct Search: Sendable {
        let flow: Flow
        let round: Int64
        let byteCount: Int64
        let ends: Instant
        var reach = Reachability()
        /// Whether the other end was asked to meet.
        var hasAsked = false
        var admitted: [ConnectionName] = []
        /// The connection that was chosen.
        var chosen: ConnectionName?
    }

    private static let firstPause = Instant.Span.seconds(1)
    private static let longestPause = Instant.Span.seconds(15)

    /// How long to wait for the next try: longer each time.
    static func pause(after tryCount: Int) -> Instant.Span {
        var pause = firstPause
        for _ in 1..<max(1, min(tryCount, 5)) { pause = pause + pause }
        return min(pause, longestPause)
    }

    /// How long one meeting may take.
    private static let patience = Instant.Span.seconds(10)

    /// A path that takes nothing shows after ten seconds.
    private static let shortestLife = Instant.Span.seconds(20)

    private(set) var losses: [Loss] = []
    var search: Search?
    /// Flows that go on, but of which the other end has not said how much is sent again.
    var untold: [ReconnectFacts] = []
    /// The number of the last meeting.
    private var round: Int64 = 0
    /// What each flow went on after last.
    private var lasts: [Flow: (loss: Loss, resumedAt: Instant, hadBytes: Bool)] = [:]
    /// The number of each flow's connection.
    private var turns: [Flow: Int64] = [:]

    func turn(of flow: Flow) -> Int64 { turns[flow] ?? 0 }

    subscript(_ flow: Flow) -> Loss? { losses.first { $0.flow == flow } }

    mutating func note(_ flow: Flow, _ now: Instant) {
        if self[flow] == nil { losses.append(Loss(flow, now)) }
    }

    /// The end that reads has so many bytes of the flow.
    mutating func note(_ flow: Flow, has byteCount: Int64, _ now: Instant) {
        note(flow, now)
        for index in losses.indices where losses[index].flow == flow {
            losses[index].byteCount = byteCount
            // A connection that had something to bring, and did not, was none.
            guard let last = lasts[flow], last.hadBytes, last.loss.byteCount == byteCount,
                now - last.resumedAt < Reconnecting.shortestLife
            else { continue }
            losses[index].began = last.loss.began
            losses[index].tryCount = last.loss.tryCount
            losses[index].nextTry = now + Reconnecting.firstPause
        }
    }

    /// The flow goes on, or is over.
    ///
    /// - Returns: What it had lost.
    mutating func forget(_ flow: Flow) -> Loss? {
        guard let index = losses.firstIndex(where: { $0.flow == flow }) else { return nil }
        if search?.flow == flow { search = nil }
        return losses.remove(at: index)
    }

    /// The flow goes on by another connection.
    mutating func resumed(_ flow: Flow, _ now: Instant) -> Loss? {
        turns[flow, default: 0] += 1
        lasts[flow] = self[flow].map { ($0, now, false) }
        return forget(flow)
    }

    /// So much goes out again by the flow's connection.
    mutating func note(_ flow: Flow, resent byteCount: Int64) {
        lasts[flow]?.hadBytes = byteCount > 0
    }

    /// When there is another meeting to begin, or this one is too late.
    ///
    /// - Parameter maySearch: Whether there is a login, without which nobody hears of a meeting.
    func dueAt(within limit: Instant.Span, maySearch: Bool) -> Instant? {
        let mayBegin = search == nil && maySearch
        let tries = mayBegin ? losses.filter { $0.byteCount != nil }.map { $0.nextTry } : []
        let ends = losses.map { $0.began + limit }
        return (tries + ends + [search?.ends, search?.reach.callAt].compactMap { $0 }).min()
    }

    /// Begins the next meeting, if one is due.
    mutating func begin(_ now: Instant) -> Search? {
        guard search == nil,
            let index = losses.firstIndex(where: { $0.byteCount != nil && $0.nextTry <= now }),
            let byteCount = losses[index].byteCount
        else { return nil }
        round += 1
        losses[index].tryCount += 1
        search = Search(
            flow: losses[index].flow, round: round, byteCount: byteCount,
            ends: now + Reconnecting.patience)
        return search
    }

    /// The meeting came to nothing: a pause, longer each time.
    mutating func fail(_ now: Instant) {
        guard let search else { return }
        self.search = nil
        for index in losses.indices where losses[index].flow == search.flow {
            losses[index].pause(now)
        }
    }
}
