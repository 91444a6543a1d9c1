import LinuxSystem
import Plumbing
import Relaying
import Sealing

/// Messages of every kind, with the values that are hard to get right.
enum ControlMessageSamples {
    static let endpoints = ["192.0.2.7:1", "[2001:db8::7]:65535", "[fe80::1%3]:22"]
        .compactMap { Endpoint($0) }
    static let addresses = ["192.0.2.7", "::", "fe80::1%3"].compactMap { Address($0) }
    static let name = ConnectionName([UInt8](0..<16))

    static let all: [ControlMessage] =
        hellos + invitations + failures + facts + [
            .listening([], refusal: .addressInUse, lack: .execution(.accessDenied)),
            .listening([], refusal: nil, lack: .noInterpreter([0x2f, 0x0d])),
            .listening(endpoints, refusal: nil),
            .unreachable(endpoints[1], .out, .connectionRefused),
            .unreachable(endpoints[2], .back, Errno(0)),
            .listening(endpoints, refusal: nil, round: 1),
            .listening([], refusal: nil, round: .max),
            .unreachable(endpoints[1], .out, .connectionRefused, round: 2),
            .admitted(name, .out), .admitted(name, .back),
            .boot(machine: "x86_64", byteCount: 614_912), .boot(machine: "a b", byteCount: 0),
            .failed(.push(.machine(system: "SunOS", machine: "sun4u"))),
            .failed(.push(.noExecution)), .failed(.push(.lacks("rm"))), .failed(.push(.full)),
            .failed(.push(.nowhere)),
            .started(pid: 1), .started(pid: .max),
            .output(byteCount: 0), .output(byteCount: 65536),
            .ended(.exited(0), wasIntact: true), .ended(.exited(255), wasIntact: false),
            .ended(.killed(signal: 1), wasIntact: true),
            .ended(.killed(signal: 64), wasIntact: false),
            .waiting(pid: 4711, .out), .waiting(pid: 1, .back), .waiting(pid: 1, nil),
            .run(RunOrder(wordCount: 1, isStrict: true, credit: 0)),
            .run(RunOrder(wordCount: 100_000, isStrict: false, credit: 262_144)),
            .run(relayOrder(nil, hasChecksum: true)), .run(relayOrder(.ringSplice)),
            .run(tapeOrder), .feeding(.out, feeding),
            .word([], isWhole: true), .word([UInt8](1...255), isWhole: false),
            .word([UInt8](repeating: 0x20, count: 16384), isWhole: true),
            .use(.out, name), .use(.back, name),
            .credit(byteCount: 0), .credit(byteCount: 262_144),
            .bridge(.out), .bridge(.back),
            .data(.out, byteCount: 0), .data(.back, byteCount: Frame.maximumByteCount),
            .end(.out), .end(.back), .cut(.out), .cut(.back),
            .flowCredit(.out, byteCount: 0), .flowCredit(.back, byteCount: Frame.window),
            .cancel, .rate(.back, bytesPerSecond: 0), .rate(.out, bytesPerSecond: .max), .done,
            .broken(.out), .broken(.back),
            .whole(.out, byteCount: 0), .whole(.back, byteCount: .max),
            .whole(.out, byteCount: nil),
            .alive(after: 0), .alive(after: 0, seen: .max),
            .rejoin(
                Rejoining(
                    session: SessionName(bytes: [UInt8](0..<8)), attempt: .max, seen: 0,
                    proof: [UInt8](0..<32))),
            .rejoined(seen: 0), .rejoined(seen: .max),
        ] + losses

    private static var losses: [ControlMessage] {
        [(endpoints, addresses), ([], [])].map {
            .again(
                MeetingOrder(.out, round: 1, secret: .random(), endpoints: $0, listenOn: $1))
        } + [
            .resumed(.out, resent: 0), .resumed(.back, resent: .max),
            .bridge(.out, from: 0), .bridge(.back, from: 7, login: 2), .lost(.back, turn: .max),
            .go(.back, name, from: .max),
            .have(.out, FlowRest(byteCount: 0), turn: 1),
            .have(.back, FlowRest(byteCount: .max, isWhole: true), turn: 0),
        ]
    }

    private static var feeding: FeedFacts {
        var buffer = FeedFacts.Buffer(capacity: 1 << 40)
        (buffer.fill, buffer.lowestFill, buffer.stops) = (7, 0, .max)
        var records = FeedFacts.Records(size: 10_240)
        (records.count, records.longestGapMicroseconds) = (1 << 40, 3_600_000_000)
        return FeedFacts(records: records, buffer: buffer)
    }

    private static var tapeOrder: RunOrder {
        var order = RunOrder(wordCount: 1, isStrict: false, credit: 0)
        order.deliversAll = true
        var relay = RelayOrder(engine: .copy, hasChecksum: true)
        relay.record = RecordOrder(size: 10_240, isPadded: true)
        relay.buffer = BufferOrder(byteCount: 1 << 40, start: 0, resume: 100)
        relay.isForReaders = true
        relay.isSealed = true
        order.relay = relay
        return order
    }

    private static let hellos: [ControlMessage] = [
        .hello(
            Hello(
                protocols: 1...1, programVersion: "2.0.0", kernel: "6.1.0-18-amd64",
                ssh: SSHConnection([UInt8]("192.0.2.1 50000 192.0.2.2 22".utf8)),
                addresses: addresses, networkIdentity: "0f7c/4026531840")),
        .hello(
            Hello(
                protocols: 0...Int64.max, programVersion: "", kernel: "", ssh: nil, addresses: [],
                networkIdentity: "")),
    ]

    private static var plans: [Plan] {
        var full = Plan(login: [Word("ssh")], remote: [Word("cat")])
        full.producer = .command([Word("a")])
        full.consumer = .command([Word("b")])
        full.ports = 1...65535
        full.sockets.maximumSegment = 1200
        full.sockets.window = 1 << 25
        full.sockets.congestionControl = "bbr"
        full.sockets.codePoint = CodePoint(1)
        var bare = Plan(login: [Word("ssh")], remote: [Word("cat")])
        bare.producer = .command([Word("a")])
        bare.rendezvousLimit = nil
        bare.isDryRun = true
        return [full, bare]
    }

    private static var invitations: [ControlMessage] {
        plans.flatMap { plan in
            [(endpoints, addresses, Cipher?.none), ([], [], .aes128GCM)].map {
                var invitation = Invitation(
                    protocolVersion: 1, secret: .random(), endpoints: $0, listenOn: $1, plan: plan)
                invitation.cipher = $2
                return .invite(invitation)
            }
        }
    }

    private static func relayOrder(
        _ engine: RelayEngine?, hasChecksum: Bool = false
    ) -> RunOrder {
        var order = RunOrder(wordCount: 2, isStrict: false, credit: 1)
        order.relay = RelayOrder(engine: engine, hasChecksum: hasChecksum)
        order.rate = .max
        order.isQuiet = true
        return order
    }

    private static let failures: [ControlMessage] = [
        .failed(.terminal), .failed(.noInput), .failed(.execution(.notFound)),
        .failed(.socket(.segment(.invalid))), .failed(.socket(.codePoint(.notPermitted))),
        .failed(.socket(.buffer(.receive, wanted: 1 << 25, limit: 212992))),
        .failed(.socket(.congestionControl("bbr", .notFound, choices: "reno cubic"))),
        .failed(.noInterpreter([UInt8]("/bin/sh\r".utf8))),
        .failed(.protocolError("a line that is no message: 'x\u{1b}'")), .failed(.signal(15)),
        .failed(.stall), .failed(.unanswered(.out, pathHint: nil)),
        .failed(.unanswered(.back, pathHint: "path MTU? try --mss 1200")), .failed(.resources("")),
        .failed(.system(.outOfMemory)), .failed(.noLoopback(.networkUnreachable)),
        .failed(.noSession),
    ]

    private static var facts: [ControlMessage] {
        let endings: [FlowFacts.Ending] = [
            .finished, .departed, .untouched, .left, .reset, .broken,
        ]
        return endings.flatMap { ending -> [ControlMessage] in
            var facts = FlowFacts(ending, byteCount: .max)
            facts.unread = 1
            facts.padding = 1 << 20
            facts.path.roundTripMicroseconds = 70
            facts.path.busyMicroseconds = 0
            facts.path.receiverLimitedMicroseconds = .max
            facts.path.backlogMicroseconds = 7
            return [.counts(.out, facts), .counts(.back, FlowFacts(ending, byteCount: 0))]
        }
    }

    /// A name for each kind; a new kind must be given one, and samples.
    static func kind(_ message: ControlMessage) -> String {
        switch message {
        case .boot: "boot"
        case .hello: "hello"
        case .listening: "listening"
        case .unreachable: "unreachable"
        case .admitted: "admitted"
        case .started: "started"
        case .output: "output"
        case .counts: "counts"
        case .feeding: "feeding"
        case .ended: "ended"
        case .waiting: "waiting"
        case .failed: "failed"
        case .invite: "invite"
        case .rejoin: "rejoin"
        case .rejoined: "rejoined"
        case .run: "run"
        case .word(_, let isWhole): isWhole ? "word" : "part"
        case .use: "use"
        case .again: "again"
        case .go: "go"
        case .resumed: "resumed"
        case .lost: "lost"
        case .have: "have"
        case .bridge: "bridge"
        case .data: "data"
        case .end: "end"
        case .cut: "cut"
        case .flowCredit: "credit"
        case .credit: "credit"
        case .rate: "rate"
        case .cancel: "cancel"
        case .done: "done"
        case .broken: "broken"
        case .whole: "whole"
        case .alive: "alive"
        }
    }
}
