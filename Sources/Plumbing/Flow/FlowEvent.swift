import LinuxSystem
import Relaying

/// What became of an end of a flow; each is told once.
package enum FlowEvent: Equatable, Sendable {
    /// The flow cannot go on here, though its commands and its connection could.
    case failed(Errno)
    /// Our own standard input or output could not go on.
    case standardFailed(StandardFailure)
    /// Nobody writes any more, and it was so much, where that can be told.
    case whole(byteCount: Int64?)
    /// Its reader left before the end.
    case left
    /// Its connection is reset: the other end must be told, should the network hide it.
    case broken
    /// Its connection is lost, and another may take its place.
    case lost(turn: Int64)
    /// The same, at the end that reads: what it has of the flow.
    case has(FlowRest, turn: Int64)
    /// Its facts are there.
    case over
    /// What a user should know.
    case note(String)
    /// Somebody keeps it open after its command ended.
    case late(HolderWatch.Late)
}

/// Why our own standard input or output cannot go on.
package struct StandardFailure: Error, Equatable, Sendable {
    package let error: Errno
    /// The bytes that it had given or taken.
    package var byteCount: Int64?
    /// The bytes that a file had for us when it began to be read.
    package var promised: Int64?
    /// Whether it may be a tape.
    package var isDevice = false
    /// Whether it passes whole blocks alone.
    package var isDirect = false

    package init(_ error: Errno) { self.error = error }
}

extension FlowEnd {
    /// What has been told.
    struct Told: OptionSet {
        let rawValue: UInt8
        static var failed: Told { Told(rawValue: 1) }
        static var standardFailed: Told { Told(rawValue: 2) }
        static var whole: Told { Told(rawValue: 4) }
        static var over: Told { Told(rawValue: 8) }
        static var stuck: Told { Told(rawValue: 16) }
    }

    /// What happened since this was last asked.
    package func takeEvents() -> [FlowEvent] {
        var events: [FlowEvent] = relay?.takeWarning().map { [.note($0)] } ?? []
        if let news = cuts?.news.take() { events.append(news) }
        if let ownFailure, tells(.failed) { events.append(.failed(ownFailure)) }
        // On one host the reader's own bytes are those pages until it has read them.
        if standardFailure == nil, relay?.hasLostPages == true { standardFailure = .misplaced }
        if let standardFailure, tells(.standardFailed) {
            events.append(
                .standardFailed(
                    relay?.failure(of: standardFailure) ?? StandardFailure(standardFailure)))
        }
        if hearsOfEnd, isWhole, tells(.whole) {
            // What is lost may look like an end, so that the count must be there: a relay has it.
            let given = cuts.flatMap { _ in relay?.passedByteCount }
            events.append(.whole(byteCount: given ?? channel.wholeByteCount()))
        }
        if let facts, tells(.over) {
            if facts.wasLeft { events.append(.left) }
            if facts.wasBroken { events.append(.broken) }
            if let wholeRest { events.append(wholeRest) }
            events.append(.over)
        }
        if let pathHint, tells(.stuck) {
            events.append(.note("flow '\(flow.rawValue)' is stuck: \(pathHint)"))
        }
        if let late = holders.takeLate() { events.append(.late(late)) }
        return events
    }

    /// Pages of a file that was cut while they were sent, which may be found out at any time.
    package var lostPages: StandardFailure? {
        guard let relay, relay.hasLostPages else { return nil }
        return relay.failure(of: .misplaced)
    }

    private func tells(_ what: Told) -> Bool { told.insert(what).inserted }
}
