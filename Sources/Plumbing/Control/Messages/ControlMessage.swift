import LinuxSystem
import Relaying

/// What the two ends say to each other.
package enum ControlMessage: Sendable {
    // There to here.
    /// The script of a push asks for this many bytes of the program for its processor.
    case boot(machine: String, byteCount: Int64)
    case hello(Hello)
    /// The endpoints, or why there are none; and what is missing of the command to look for. In a
    /// later meeting, its number.
    case listening([Endpoint], refusal: Errno?, lack: Failure? = nil, round: Int64? = nil)
    case unreachable(Endpoint, Flow, Errno, round: Int64? = nil)
    case admitted(ConnectionName, Flow)
    case started(pid: CInt)
    /// This many bytes of the remote command's output follow; 0 at its end.
    case output(byteCount: Int)
    case counts(Flow, FlowFacts)
    /// The present state of the buffer and records of a flow.
    case feeding(Flow, FeedFacts)
    /// The flow goes on there by its next connection, and so much goes out again.
    case resumed(Flow, resent: Int64)
    case ended(ExitStatus, wasIntact: Bool)
    /// A process there keeps a flow open after the remote command ended or, without a flow, the
    /// output over the control channel.
    case waiting(pid: CInt, Flow?)
    case failed(Failure)
    /// The session goes on by this login; its end there has so many of the kept lines.
    case rejoined(seen: Int64)

    // Here to there.
    case invite(Invitation)
    /// In the place of `invite`: go on with a session that lost its login.
    case rejoin(Rejoining)
    case run(RunOrder)
    /// A piece of the next command word; the last piece says that the word is whole.
    case word([UInt8], isWhole: Bool)
    case use(Flow, ConnectionName)
    /// The flow goes through the login, or goes on there behind so many bytes: by the login of that
    /// number, as all others are gone by then.
    case bridge(Flow, from: Int64? = nil, login: Int64 = 0)
    /// Meet once more, for a flow whose connection is lost.
    case again(MeetingOrder)
    /// The flow goes on by this connection, behind so many bytes.
    case go(Flow, ConnectionName, from: Int64)
    case credit(byteCount: Int)
    /// So many bytes a second may be sent into the flow from now on; 0 for no limit.
    case rate(Flow, bytesPerSecond: Int64)
    case cancel
    case done

    // Both ways.
    /// The end that writes has lost the flow's connection of that turn.
    case lost(Flow, turn: Int64)
    /// The same of the end that reads: what it has.
    case have(Flow, FlowRest, turn: Int64)
    /// The sender broke the named flow on purpose.
    case broken(Flow)
    /// No process writes into the named flow any more: it has this many bytes, if that is known.
    case whole(Flow, byteCount: Int64?)
    /// This many bytes of a flow that goes through the login follow.
    case data(Flow, byteCount: Int)
    /// The FIN of such a flow.
    case end(Flow)
    /// A reset of such a flow.
    case cut(Flow)
    /// So many bytes more of such a flow may come.
    case flowCredit(Flow, byteCount: Int)
    /// A heartbeat, with the number of lines that its sender wrote before it and, where lines are
    /// kept, how many of those it has seen.
    case alive(after: Int64, seen: Int64? = nil)
}

extension ControlMessage {
    /// The message as a line.
    package var line: ControlLine {
        switch self {
        case .boot(let machine, let byteCount):
            ControlLine("boot").with("system", "Linux").with("machine", machine)
                .with("bytes", byteCount)
        case .hello(let hello): hello.line
        case .listening(let endpoints, let refusal, let lack, let round):
            endpoints.reduce(ControlLine("listening")) { $0.with("endpoint", $1.description) }
                .with("errno", refusal?.code).with("lack", lack?.errno?.code)
                .with("interpreter", lack?.interpreter).with("round", round)
        case .unreachable(let endpoint, let flow, let error, let round):
            ControlLine("unreachable").with("flow", flow.rawValue)
                .with("endpoint", endpoint.description).with("errno", error.code)
                .with("round", round)
        case .admitted(let name, let flow):
            ControlLine("admitted").with("flow", flow.rawValue).with("connection", name.text)
        case .started(let pid): ControlLine("started").with("pid", pid)
        case .output(let count): ControlLine("output").with("bytes", count)
        case .counts(let flow, let facts):
            facts.fields(on: ControlLine("counts").with("flow", flow.rawValue))
        case .feeding(let flow, let facts):
            facts.fields(on: ControlLine("feeding").with("flow", flow.rawValue))
        case .resumed(let flow, let count):
            ControlLine("resumed").with("flow", flow.rawValue).with("bytes", count)
        case .ended(let status, let wasIntact):
            status.fields(on: ControlLine("ended")).with("intact", wasIntact)
        case .waiting(let pid, let flow):
            (flow.map { ControlLine("waiting").with("flow", $0.rawValue) } ?? ControlLine("waiting"))
                .with("pid", pid)
        case .failed(let failure): failure.line
        case .rejoined(let seen): ControlLine("rejoined").with("seen", seen)
        case .invite(let invitation): invitation.line
        case .rejoin(let rejoining): rejoining.line
        case .run(let order):
            order.line
        case .word(let bytes, let isWhole):
            ControlLine(isWhole ? "word" : "part").with("bytes", bytes)
        case .use(let flow, let name):
            ControlLine("use").with("flow", flow.rawValue).with("connection", name.text)
        case .bridge(let flow, let byteCount, let login):
            ControlLine("bridge").with("flow", flow.rawValue).with("bytes", byteCount)
                .with("login", byteCount.map { _ in login })
        case .again(let order): order.line
        case .go(let flow, let name, let byteCount):
            ControlLine("go").with("flow", flow.rawValue).with("connection", name.text)
                .with("bytes", byteCount)
        case .lost(let flow, let turn):
            ControlLine("lost").with("flow", flow.rawValue).with("turn", turn)
        case .have(let flow, let rest, let turn):
            ControlLine("have").with("flow", flow.rawValue).with("turn", turn)
                .with("bytes", rest.byteCount).with("end", rest.isWhole)
        case .credit(let count): ControlLine("credit").with("bytes", count)
        case .rate(let flow, let rate):
            ControlLine("rate").with("flow", flow.rawValue).with("bytes", rate)
        case .cancel: ControlLine("cancel")
        case .done: ControlLine("done")
        case .broken(let flow): ControlLine("broken").with("flow", flow.rawValue)
        case .whole(let flow, let count):
            ControlLine("whole").with("flow", flow.rawValue).with("bytes", count)
        case .data(let flow, let count):
            ControlLine("data").with("flow", flow.rawValue).with("bytes", count)
        case .end(let flow): ControlLine("end").with("flow", flow.rawValue)
        case .cut(let flow): ControlLine("cut").with("flow", flow.rawValue)
        case .flowCredit(let flow, let count):
            ControlLine("credit").with("flow", flow.rawValue).with("bytes", count)
        case .alive(let count, let seen):
            ControlLine("alive").with("after", count).with("seen", seen)
        }
    }

    package init(_ line: ControlLine) throws(ControlError) {
        switch line.verb {
        case "boot":
            self = .boot(machine: try line.text("machine"), byteCount: try line.integer("bytes"))
        case "hello": self = .hello(try Hello(line))
        case "listening":
            let refusal = line.optionalBytes("errno") == nil ? nil : Errno(try line.small("errno"))
            let lack = line.optionalBytes("lack") == nil ? nil : try Failure(line, errno: "lack")
            self = .listening(
                try line.endpoints("endpoint"), refusal: refusal, lack: lack,
                round: try line.optionalInteger("round"))
        case "unreachable":
            guard let endpoint = try line.endpoints("endpoint").first else {
                throw .malformed(line.encoded)
            }
            self = .unreachable(
                endpoint, try line.flow(), Errno(try line.small("errno")),
                round: try line.optionalInteger("round"))
        case "admitted": self = .admitted(try ConnectionName(line), try line.flow())
        case "started": self = .started(pid: try line.small("pid"))
        case "output": self = .output(byteCount: Int(try line.integer("bytes")))
        case "counts": self = .counts(try line.flow(), try FlowFacts(line))
        case "feeding":
            guard let facts = try FeedFacts(line) else { throw .malformed(line.encoded) }
            self = .feeding(try line.flow(), facts)
        case "resumed":
            self = .resumed(try line.flow(), resent: try line.integer("bytes"))
        case "ended": self = .ended(try ExitStatus(line), wasIntact: line.flag("intact"))
        case "waiting":
            let flow = line.optionalBytes("flow") == nil ? nil : try line.flow()
            self = .waiting(pid: try line.small("pid"), flow)
        case "failed": self = .failed(try Failure(line))
        case "rejoined": self = .rejoined(seen: try line.integer("seen"))
        case "invite": self = .invite(try Invitation(line))
        case "rejoin": self = .rejoin(try Rejoining(line))
        case "run":
            self = .run(try RunOrder(line))
        case "word", "part":
            let bytes = try line.bytes("bytes")
            // The kernel would end the word there.
            guard !bytes.contains(0) else { throw .malformed(line.encoded) }
            self = .word(bytes, isWhole: line.verb == "word")
        case "use": self = .use(try line.flow(), try ConnectionName(line))
        case "bridge":
            self = .bridge(
                try line.flow(), from: try line.optionalInteger("bytes"),
                login: try line.optionalInteger("login") ?? 0)
        case "again": self = .again(try MeetingOrder(line))
        case "go":
            self = .go(try line.flow(), try ConnectionName(line), from: try line.integer("bytes"))
        case "lost": self = .lost(try line.flow(), turn: try line.integer("turn"))
        case "have":
            let rest = FlowRest(byteCount: try line.integer("bytes"), isWhole: line.flag("end"))
            self = .have(try line.flow(), rest, turn: try line.integer("turn"))
        case "credit":
            let byteCount = Int(try line.integer("bytes"))
            let isOfFlow = line.optionalBytes("flow") != nil
            self =
                isOfFlow
                ? .flowCredit(try line.flow(), byteCount: byteCount) : .credit(byteCount: byteCount)
        case "rate":
            self = .rate(try line.flow(), bytesPerSecond: try line.integer("bytes"))
        case "cancel": self = .cancel
        case "done": self = .done
        case "broken": self = .broken(try line.flow())
        case "whole":
            self = .whole(try line.flow(), byteCount: try line.optionalInteger("bytes"))
        case "data": self = .data(try line.flow(), byteCount: Int(try line.integer("bytes")))
        case "end": self = .end(try line.flow())
        case "cut": self = .cut(try line.flow())
        case "alive":
            self = .alive(
                after: try line.integer("after"), seen: try line.optionalInteger("seen"))
        default: throw .unexpected(verb: line.verb)
        }
    }
}

extension ControlMessage {
    /// The number of lines that should precede this one; `nil` if the line does not say.
    static func linesBefore(_ line: ControlLine) throws(ControlError) -> Int64? {
        line.verb == "alive" ? try line.integer("after") : nil
    }
}

extension ControlLine {
    /// A number that fits the kernel's `int`.
    func small(_ key: String) throws(ControlError) -> CInt {
        guard let value = CInt(exactly: try integer(key)) else { throw .malformed(encoded) }
        return value
    }
}

extension ExitStatus {
    func fields(on line: ControlLine) -> ControlLine {
        switch self {
        case .exited(let status): line.with("status", status)
        case .killed(let signal): line.with("signal", signal)
        }
    }

    init(_ line: ControlLine) throws(ControlError) {
        let isSignal = line.optionalBytes("signal") != nil
        let number = try line.small(isSignal ? "signal" : "status")
        guard (isSignal ? 1...64 : 0...255).contains(number) else { throw .malformed(line.encoded) }
        self = isSignal ? .killed(signal: number) : .exited(number)
    }
}

extension ConnectionName {
    init(_ line: ControlLine) throws(ControlError) {
        let text = try line.bytes("connection")
        guard let bytes = Hex.decode(text, byteCount: ConnectionName.byteCount) else {
            throw .malformed(line.encoded)
        }
        self.bytes = bytes
    }
}
