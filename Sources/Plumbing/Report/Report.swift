import LinuxSystem
import Relaying
import Sealing

/// Everything worth knowing about a session that is over.
package struct Report: Sendable {
    /// The version of `report.schema.json`: raise it if a member changes its meaning or goes.
    static let version: Int64 = 1

    package var outcome: Outcome
    package var started: Instant
    package var ended: Instant
    package var commands: [Command] = []
    package var flows: [FlowReport] = []
    /// The losses after which it went on.
    package var reconnects: [ReconnectFacts] = []
    /// From `hello` to the choice of the last connection.
    package var rendezvous: Instant.Span?
    package var thereVersion: String?
    package var thereKernel: String?
    /// What sealed the flows; `nil` if they went in clear.
    package var cipher: Cipher?
    /// The remote command's output over the control channel, in bytes.
    package var homeOutput: Int64 = 0
    /// What `--measure` found out.
    package var measurement: Measurement?
    /// What the login moved from here to there while nothing else did, where that was measured.
    package var loginBytesPerSecond: Int64?

    package init(_ outcome: Outcome, started: Instant, ended: Instant) {
        self.outcome = outcome
        self.started = started
        self.ended = ended
    }

    /// - Parameters:
    ///   - startedAt: When it began, by the calendar.
    ///   - endedAt: And when it ended.
    package func json(startedAt: WallTime, endedAt: WallTime) -> JSON {
        .object(members(startedAt, endedAt) + (measured.map { [("measurement", $0)] } ?? []))
    }

    private func members(_ startedAt: WallTime, _ endedAt: WallTime) -> [(String, JSON)] {
        [
            ("version", .number(Report.version)),
            ("program", .text("socketpipe \(Version.program)")),
            ("status", .number(Int64(outcome.ending.status))),
            ("outcome", .text(outcome.name)),
            ("sentence", .text(outcome.sentence)),
            ("started", .text(startedAt.text)),
            ("ended", .text(endedAt.text)),
            ("seconds", .fraction((ended - started).milliseconds)),
            ("rendezvous_seconds", rendezvous.map { .fraction($0.milliseconds) } ?? .null),
            (
                "there",
                .object([
                    ("version", .optional(thereVersion)), ("kernel", .optional(thereKernel)),
                ])
            ),
            ("encryption", encryption),
            ("commands", .list(commands.map { json(of: $0) })),
            ("flows", .list(flows.map { $0.json })),
            ("reconnects", .list(reconnects.map { $0.json(since: started) })),
            ("remote_output_bytes", .number(homeOutput)),
        ]
    }

    private var encryption: JSON {
        guard let cipher else { return .null }
        return .object([
            ("cipher", .text(cipher.rawValue)), ("here", .text("relay")), ("there", .text("relay")),
        ])
    }

    private func json(of command: Command) -> JSON {
        let words = command.words.map { JSON.text(String(decoding: $0.bytes, as: UTF8.self)) }
        var members: [(String, JSON)] = [
            ("end", .text(command.role.end.rawValue)),
            ("role", .text(command.role.rawValue)),
            ("words", .list(words)),
        ]
        // Words need not be text.
        if command.words.contains(where: { !$0.isText }) {
            members.append(("words_hex", .list(command.words.map { .text(Hex.encode($0.bytes)) })))
        }
        members += [
            ("pid", .number(Int64(command.pid))),
            ("started_seconds", .fraction((command.started - started).milliseconds)),
        ]
        if let ended = command.ended {
            members.append(("ended_seconds", .fraction((ended - started).milliseconds)))
        }
        switch command.status {
        case .exited(let status): members.append(("status", .number(Int64(status))))
        case .killed(let signal): members.append(("signal", .number(Int64(signal))))
        case nil: break
        }
        members.append(("intact", .boolean(command.wasIntact)))
        return .object(members)
    }

    /// What the user should know about a success.
    package var remarks: [String] {
        outcome.isSuccess ? Verdict.padding(flows.map { $0.verdict }, commands) : []
    }

    /// A few lines for a person.
    package var summary: [String] {
        (flows.map { $0.summary } + [reconnects.summary]).compactMap { $0 }
    }
}

/// One flow in the report.
package struct FlowReport: Sendable {
    package let verdict: FlowVerdict
    package let caller: End
    package let here: Endpoint?
    package let there: Endpoint?
    package let duration: Instant.Span
    /// The mean of the limits of its rate, in bytes a second.
    package let rate: Int64?
    /// What the user asked for of its sockets.
    package let sockets: SocketOrder

    package init(
        _ verdict: FlowVerdict, caller: End, here: Endpoint?, there: Endpoint?,
        duration: Instant.Span, rate: Int64? = nil, sockets: SocketOrder = SocketOrder()
    ) {
        self.rate = rate
        self.sockets = sockets
        self.verdict = verdict
        self.caller = caller
        self.here = here
        self.there = there
        self.duration = duration
    }

    private var bottleneck: Bottleneck? {
        Bottleneck(verdict, microseconds: duration.nanoseconds / 1000)
    }

    var json: JSON {
        .object([
            ("direction", .text(verdict.flow.rawValue)),
            ("via", .text(verdict.isBridged ? "login" : "direct")),
            ("route_here", .text(route(at: .here))),
            ("route_there", .text(route(at: .there))),
            ("relay_here", json(of: facts(at: .here).relay)),
            ("relay_there", json(of: facts(at: .there).relay)),
            ("bytes_sent", known(verdict.sender, verdict.sender.byteCount)),
            ("bytes_received", known(verdict.receiver, verdict.receiver.byteCount)),
            ("unread", known(verdict.receiver, verdict.receiver.unread)),
            ("padding", known(verdict.receiver, verdict.receiver.padding)),
            ("padding_because", .optional(verdict.receiver.padding > 0 ? Self.rule : nil)),
            ("sender_ending", .text(verdict.sender.ending.rawValue)),
            ("receiver_ending", .text(verdict.receiver.ending.rawValue)),
            ("complete", .boolean(verdict.isComplete)),
            ("seconds", .fraction(duration.milliseconds)),
            ("dialled_from", .optional(verdict.isBridged ? nil : caller.rawValue)),
            ("endpoint_here", .optional(here?.description)),
            ("endpoint_there", .optional(there?.description)),
            ("congestion_control", .optional(socket(at: .here)?.congestionControl)),
            ("congestion_control_there", .optional(socket(at: .there)?.congestionControl)),
            ("send_buffer_bytes", .optional(window(at: verdict.flow.sender))),
            ("receive_buffer_bytes", .optional(window(at: verdict.flow.sender.peer))),
            ("dscp", .optional(socket(at: verdict.flow.sender)?.codePoint.name)),
            ("round_trip_microseconds", .optional(verdict.sender.path.roundTripMicroseconds)),
            ("retransmits", .optional(verdict.sender.path.retransmits)),
            ("segment_size", .optional(verdict.sender.path.segmentSize)),
            ("bottleneck", bottleneck.map { json(of: $0) } ?? .null),
        ])
    }

    private func facts(at end: End) -> FlowFacts {
        verdict.flow.sender == end ? verdict.sender : verdict.receiver
    }

    private func socket(at end: End) -> SocketFacts? { facts(at: end).path.socket }

    /// The size of the buffer that `--window` set; the kernel adjusts any other all the time.
    private func window(at end: End) -> Int64? {
        sockets.window == nil ? nil : socket(at: end)?.bufferSize
    }

    /// What the sockets got of what was asked for.
    private var socketSummary: String {
        let sender = verdict.flow.sender
        var text = ""
        if let sending = window(at: sender), let receiving = window(at: sender.peer) {
            text +=
                ", buffers of \(Text.size(sending)) \(sender.rawValue) and "
                + "\(Text.size(receiving)) \(sender.peer.rawValue)"
        }
        guard let socket = socket(at: sender) else { return text }
        if sockets.congestionControl != nil {
            text += ", congestion control \(Text.escaped(socket.congestionControl.utf8))"
        }
        if sockets.codePoint != nil { text += ", DSCP \(socket.codePoint.name)" }
        return text
    }

    private func route(at end: End) -> String {
        facts(at: end).relay == nil ? "hand-off" : "relay"
    }

    private func json(of relay: RelayFacts?) -> JSON {
        guard let relay else { return .null }
        return .object(
            [
                ("engine", .text(relay.engine.rawValue)),
                ("reason", .optional(relay.reason)),
                ("blake2b", .optional(relay.checksum.map { Hex.encode($0) })),
                ("waited_for_source_seconds", .fraction(relay.waitedForSourceMicroseconds / 1000)),
                ("waited_for_target_seconds", .fraction(relay.waitedForTargetMicroseconds / 1000)),
            ] + (relay.feeding?.members ?? []))
    }

    /// The rule that makes unread zeros an archive's padding.
    private static let rule =
        "whole 512-byte blocks of zeros, after whole blocks that a reader with status 0 read"

    private func known(_ facts: FlowFacts, _ number: Int64) -> JSON {
        facts.isKnown ? .number(number) : .null
    }

    private func json(of bottleneck: Bottleneck) -> JSON {
        .object([
            (
                "who",
                .text(bottleneck.who == .network && isPaced ? "rate" : bottleneck.who.rawValue)
            ),
            ("producer", .fraction(bottleneck.producer)),
            ("network", .fraction(bottleneck.network)),
            ("consumer", .fraction(bottleneck.consumer)),
            ("receive_buffer", .fraction(bottleneck.receiveBuffer)),
            ("send_buffer", .fraction(bottleneck.sendBuffer)),
        ])
    }

    /// The buffer to enlarge, if it makes the network the bottleneck.
    private func buffer(in bottleneck: Bottleneck) -> String {
        let (receiving, sending) = (bottleneck.receiveBuffer, bottleneck.sendBuffer)
        guard bottleneck.who == .network, max(receiving, sending) * 2 >= bottleneck.network else {
            return ""
        }
        let sender = verdict.flow.sender
        let (share, name, end, setting) =
            receiving >= sending
            ? (receiving, "receive", sender.peer, "tcp_rmem")
            : (sending, "send", sender, "tcp_wmem")
        return ", \(share / 10) % due to the size of the \(name) buffer \(end.rawValue): "
            + (sockets.window == nil ? "net.ipv4.\(setting) or --window" : "a larger --window")
    }

    /// The bottleneck in words that need no manual: in `back` the remote command is the writer.
    private func name(of who: Bottleneck.Who) -> String {
        switch who {
        case .producer: "writer"
        case .consumer: "reader"
        case .network:
            isPaced
                ? "--rate" : verdict.sender.relay?.checksum != nil ? "network or hash" : "network"
        }
    }

    /// Whether the flow was as fast as `--rate` allows, within a tenth.
    private var isPaced: Bool {
        guard let rate else { return false }
        return Progress.rate(verdict.receiver.byteCount, in: duration) / 9 >= rate / 10
    }

    /// A line for a person; `nil` unless both ends reported.
    var summary: String? {
        guard verdict.sender.isKnown, verdict.receiver.isKnown else { return nil }
        let bytes = verdict.receiver.byteCount
        let milliseconds = max(1, duration.milliseconds)
        var text =
            "flow \(verdict.flow.rawValue): \(Text.counted(bytes, "byte")) in "
            + "\(Text.seconds(milliseconds: milliseconds)) s, "
            + "\(Text.size(Progress.rate(bytes, in: duration)))/s"
        if verdict.isBridged { text += " through the login" }
        if let bottleneck {
            text +=
                ", bottleneck \(name(of: bottleneck.who)) (\(bottleneck.share / 10) % of the time"
                + "\(buffer(in: bottleneck)))"
        }
        text += socketSummary
        for end in [End.here, .there] {
            guard let relay = facts(at: end).relay else { continue }
            text += ", relay \(end.rawValue) by \(relay.engine.rawValue)"
            if let reason = relay.reason { text += " (\(Text.escaped(reason.utf8)))" }
            if let feeding = relay.feeding { text += ": \(feeding.sentence)" }
        }
        if verdict.receiver.padding > 0 {
            let padding = Text.counted(verdict.receiver.padding, "byte")
            text += ", \(padding) of padding after the archive"
        }
        return text
    }
}
