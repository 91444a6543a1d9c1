import LinuxSystem
import Plumbing

/// One end of a scripted flow, led by the real rules as `FlowEnd` leads one of the kernel.
final class ScriptedFlowEnd {
    let flow: ScriptedFlow
    private let end: End
    private let agenda: Agenda
    private var sending: SendingRules
    private var receiving = ReceivingRules()
    private(set) var facts: FlowFacts?
    private var brokenByPeerAt: Instant?
    private(set) var nextLook: Instant
    private var interval = Instant.Span.milliseconds(1)
    private var wasClosed = false

    init(
        _ flow: ScriptedFlow, at end: End, _ breaking: SendingRules.Breaking, _ agenda: Agenda
    ) {
        self.flow = flow
        self.end = end
        self.agenda = agenda
        sending = SendingRules(breaking)
        nextLook = agenda.now
    }

    private var isSender: Bool { flow.flow.sender == end }
    private var isClosed: Bool { isSender ? flow.isClosedAtSender : flow.isClosedAtReceiver }

    var isIntact: Bool {
        if let facts { return facts.ending != .reset && facts.ending != .broken }
        return brokenByPeerAt == nil && !isClosed
    }

    var showsLife: Bool { facts == nil && !isClosed && !flow.isCut }

    var deadline: Instant? { facts == nil ? nextLook : nil }

    func hurry() {
        interval = .milliseconds(1)
        nextLook = agenda.now
    }

    func peerBroke() {
        if brokenByPeerAt == nil { brokenByPeerAt = agenda.now }
        hurry()
    }

    func breakStream() {
        guard facts == nil else { return }
        facts = counted(.broken)
        flow.reset(from: end)
    }

    /// - Parameter command: Who has this end of the flow.
    func look(_ command: ScriptedCommand?) throws {
        let sawReset = isClosed && !wasClosed
        guard facts == nil, sawReset || nextLook <= agenda.now else { return }
        wasClosed = isClosed
        nextLook = agenda.now + interval
        interval = min(interval + interval, .milliseconds(100))
        if let brokenByPeerAt, !isClosed, agenda.now - brokenByPeerAt > .seconds(1) {
            breakStream()
            facts?.ending = .reset
            return
        }
        let isHeld = command?.isHolding(agenda.now) ?? true
        if isSender {
            try stepSending(command?.status, isHeld)
        } else {
            try stepReceiving(command?.status, isHeld)
        }
    }

    private func stepSending(_ status: ExitStatus?, _ isHeld: Bool) throws {
        let seen = SendingRules.Observation(
            now: agenda.now, command: status, counters: try flow.counters(at: end),
            finIsAcknowledged: flow.finIsAcknowledged, hasPendingError: flow.hasPendingError)
        switch sending.step(seen, isHeld: { isHeld }) {
        case .wait: break
        case .shutDownWriting:
            flow.closeWriting()
            hurry()
        case .breakStream: breakStream()
        case .finish(let ending): facts = counted(ending)
        }
    }

    private func stepReceiving(_ status: ExitStatus?, _ isHeld: Bool) throws {
        while true {
            let unread = flow.unread
            let seen = ReceivingRules.Observation(
                now: agenda.now, command: status, counters: try flow.counters(at: end),
                unread: unread, byteCount: Int64(flow.arrived))
            switch receiving.step(seen, isHeld: { isHeld }) {
            case .wait: return
            case .read(let byteCount):
                flow.take(byteCount)
                receiving.inspect([UInt8](repeating: 1, count: byteCount), now: agenda.now)
            case .finish(let ending):
                var told = counted(ending)
                told.unread = Int64(unread + receiving.rejected)
                facts = told
                if ending != .finished { flow.reset(from: end) }
                return
            }
        }
    }

    private func counted(_ ending: FlowFacts.Ending) -> FlowFacts {
        let count =
            isSender ? (ending == .finished ? flow.acknowledged : flow.written) : flow.arrived
        return FlowFacts(ending, byteCount: Int64(count))
    }
}
