import LinuxSystem
import Plumbing

/// A flow from its first byte to the verdict: every byte of the input is an event.
///
/// The first says what the user allows. Of each other one half says what happens, to the commands,
/// the network or the clock, or that an end looks; the other half, how much of it.
struct FlowFuzzer {
    private static let statuses: [ExitStatus] = [
        .exited(0), .exited(0), .exited(0), .exited(0), .exited(1), .exited(125), .exited(126),
        .exited(127), .exited(128), .exited(129), .exited(137), .exited(192), .exited(193),
        .exited(255), .killed(signal: 9), .killed(signal: 13),
    ]

    private let allowsEarlyExit: Bool
    private let events: ArraySlice<UInt8>
    private var flow = ModelFlow()
    private var sending: SendingRules
    private var receiving = ReceivingRules()
    private var now = Instant(nanoseconds: 1_000_000_000)
    private var sent: FlowFacts?
    private var received: FlowFacts?

    init(_ input: [UInt8]) {
        let choice = input.first ?? 0
        sending = SendingRules(isStrict: choice & 1 != 0)
        allowsEarlyExit = choice & 2 != 0
        events = input.dropFirst().prefix(500)
    }

    mutating func run() {
        for event in events { happen(event & 15, amount: Int(event >> 4)) }
        come()
        guard let sent, let received else { fatalError("found: a flow that does not end") }
        check(FlowVerdict(.out, sender: sent, receiver: received))
    }

    private mutating func happen(_ kind: UInt8, amount: Int) {
        switch kind {
        case 0: now = now + .milliseconds(Int64(amount * 20 + 1))
        case 1: flow.write(1 << amount, zero: false)
        case 2: flow.write(1 << amount, zero: true)
        case 3: flow.deliver(atMost: 1 << amount)
        case 4: flow.deliver(atMost: .max)
        case 5: flow.acknowledge()
        case 6: flow.consume(atMost: 1 << amount)
        case 7: flow.consume(atMost: .max)
        case 8: end(&flow.producer, FlowFuzzer.statuses[amount], isIntact: isIntactHere)
        case 9: end(&flow.consumer, FlowFuzzer.statuses[amount], isIntact: isIntactThere)
        case 10: flow.producer.isHolding = false
        case 11: flow.consumer.isHolding = false
        case 12: tearDown(amount)
        case 13: flow.tellReset()
        case 14: lookHere()
        default: lookThere()
        }
    }

    /// What commands and networks seldom do.
    private mutating func tearDown(_ amount: Int) {
        switch amount & 7 {
        case 0: flow.shutDown()
        case 1: flow.cut(here: true, there: false)
        case 2: flow.cut(here: false, there: true)
        case 4 where flow.producer.isHolding: flow.sendEnd()
        default: flow.cut(here: true, there: true)
        }
    }

    private func end(_ holder: inout ModelFlow.Holder, _ status: ExitStatus, isIntact: Bool) {
        guard holder.status == nil else { return }
        holder.status = status
        holder.wasIntact = isIntact
    }

    private var isIntactHere: Bool {
        sent.map { $0.ending != .reset && $0.ending != .broken } ?? !flow.here.isClosed
    }

    private var isIntactThere: Bool {
        received.map { $0.ending != .reset && $0.ending != .broken }
            ?? (!flow.there.isClosed || flow.hasEndArrived)
    }

    /// Commands end, the network carries what it can: then both ends must come to theirs.
    private mutating func come() {
        for _ in 0..<4 {
            for kind in [8, 9, 10, 11, 4, 13, 5, 14, 15] as [UInt8] { happen(kind, amount: 0) }
            happen(0, amount: 15)
        }
    }

    // MARK: The ends

    private mutating func lookHere() {
        let isHeld = flow.producer.isHolding
        let step = sending.step(flow.seenHere, command: flow.producer.status, now) { isHeld }
        require(sent == nil || step == .wait, "a sender that goes on after its end")
        switch step {
        case .wait: break
        case .shutDownWriting:
            require(!isHeld && !mustBreak, "an end of stream that nobody meant")
            flow.sendEnd()
        case .breakStream:
            require(mustBreak, "a stream that was broken without a reason")
            tell(.broken)
            flow.reset(.here)
        case .finish(let ending): tell(ending)
        }
    }

    /// Whether the producer's end must not look like an end of its stream.
    private var mustBreak: Bool {
        guard let status = flow.producer.status else { return false }
        return status.meansKilled || (sending.isStrict && !status.isSuccess)
    }

    private mutating func tell(_ ending: FlowFacts.Ending) {
        require(sending.state == .over(ending), "a sender that is not over")
        require(ending != .finished || flow.isEndAcknowledged, "an end that nobody acknowledged")
        sent = FlowFacts(ending, byteCount: Int64(flow.written))
    }

    private mutating func lookThere() {
        while true {
            let seen = flow.seenThere
            let isHeld = flow.consumer.isHolding
            let step = receiving.step(
                seen, command: flow.consumer.status, awaitsWord: false, now
            ) { isHeld }
            require(received == nil || step == .wait, "a receiver that goes on after its end")
            switch step {
            case .wait: return
            case .read(let byteCount):
                require(!isHeld && (1...flow.unread).contains(byteCount), "a read of others' bytes")
                receiving.inspect(flow.drain(byteCount), now: now)
            case .finish(let ending): return tell(ending, seen)
            }
        }
    }

    private mutating func tell(_ ending: FlowFacts.Ending, _ seen: Observation) {
        require(receiving.state == .over(ending), "a receiver that is not over")
        let isAtEnd = flow.hasEndArrived && flow.unread == 0 && receiving.rejected == 0
        require(ending != .finished || isAtEnd, "an end that has not come")
        var facts = FlowFacts(ending, byteCount: seen.received)
        facts.unread = Int64(flow.unread + receiving.rejected)
        facts.padding = Int64(receiving.padding)
        received = facts
        if ending != .finished { flow.reset(.there) }
    }

    // MARK: The verdict

    private func check(_ verdict: FlowVerdict) {
        let isWhole =
            flow.read == flow.written && !flow.hasFailedToWrite && receiving.rejected == 0
            && receiving.padding <= ReceivingRules.maximumPadding
        require(!verdict.isComplete || isWhole, "complete, and bytes are missing")
        require(!verdict.isComplete || !verdict.wasLeftEarly, "complete, and left early")
        let isPlain = flow.hasReadEnd && !flow.wasCut && sent?.ending != .broken
        require(!isPlain || verdict.isComplete, "incomplete, and nothing went wrong")
        check(
            Verdict.decide(commands, [verdict], allowsEarlyExit: allowsEarlyExit), verdict)
    }

    private func check(_ outcome: Outcome, _ verdict: FlowVerdict) {
        requireHarmless(outcome.sentence + (outcome.hint ?? ""))
        guard outcome.isSuccess else { return }
        let isAllowed = allowsEarlyExit && verdict.wasLeftEarly
        require(verdict.isComplete || isAllowed, "a success that is not complete")
        for command in commands where command.status?.isSuccess == false {
            require(isAllowed && !command.wasIntact, "a success of a command that failed")
        }
    }

    private var commands: [Command] {
        [(Role.producer, flow.producer), (.remote, flow.consumer)].map { role, holder in
            var command = Command(role: role, words: [Word("a")], pid: 1, started: now)
            command.status = holder.status
            command.wasIntact = holder.wasIntact
            return command
        }
    }
}
