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
    private var answers = AnswerWatch(heartbeat: .seconds(6))
    private var word = EndWord()
    private var hasToldWhole = false

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

    var showsLife: Bool { facts == nil && !isClosed && !flow.isCut && !isHoldingEnd }

    func isUnanswered(for span: Instant.Span) -> Bool { facts == nil && answers.silence >= span }

    /// Whether a relay has given its reader everything but the end.
    private var isHoldingEnd: Bool {
        !isSender && flow.holdsEnd && flow.finHasArrived && !flow.isClosedAtReceiver
    }

    /// Tells, once, that nobody writes any more.
    func takeWhole() -> ControlMessage? {
        guard isSender, !hasToldWhole, flow.hasFin else { return nil }
        hasToldWhole = true
        return .whole(flow.flow, byteCount: Int64(flow.written))
    }

    func peerIsWhole(_ byteCount: Int64?) {
        word.peerIsWhole(byteCount)
        hurry()
    }

    private var judgement: EndWord.Judgement { word.judge(received: Int64(flow.arrived)) }

    private func passEnd(_ command: ScriptedCommand?) {
        guard isHoldingEnd else { return }
        switch judgement {
        case .wait: break
        case .whole: flow.holdsEnd = false
        case .broken:
            if brokenByPeerAt == nil { peerBroke() }
            command?.kill(15)
        }
    }

    var deadline: Instant? { facts == nil ? nextLook : nil }

    func hurry() {
        interval = .milliseconds(1)
        nextLook = agenda.now
    }

    func peerBroke() {
        if brokenByPeerAt == nil { brokenByPeerAt = agenda.now }
        word.peerBroke()
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
        answers.note(
            flow.observe(at: end), awaitsWord: isHoldingEnd && judgement == .wait, agenda.now)
        passEnd(command)
        if let brokenByPeerAt, !isClosed, !isHoldingEnd, agenda.now - brokenByPeerAt > .seconds(1) {
            breakStream()
            facts?.ending = .reset
            return
        }
        let isHeld =
            command?.isHolding(agenda.now) ?? true
            || isHoldingEnd && judgement == .wait && command?.status == nil
        if isSender {
            try stepSending(command?.status, isHeld)
        } else {
            try stepReceiving(command?.status, isHeld)
        }
    }

    private func stepSending(_ status: ExitStatus?, _ isHeld: Bool) throws {
        switch sending.step(
            flow.observe(at: end), command: status, agenda.now, isHeld: { isHeld })
        {
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
            let step = receiving.step(
                flow.observe(at: end), command: status, awaitsWord: false, agenda.now,
                isHeld: { isHeld })
            switch step {
            case .wait: return
            case .read(let byteCount):
                flow.take(byteCount)
                receiving.inspect([UInt8](repeating: 1, count: byteCount), now: agenda.now)
            case .finish(let ending):
                let isBroken = isHoldingEnd && judgement == .broken && ending == .finished
                var told = counted(isBroken ? .reset : ending)
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
