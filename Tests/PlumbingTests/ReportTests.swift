import Foundation
import LinuxSystem
import Testing

@testable import Plumbing

/// What `--report` writes, read back by a parser that is not ours.
@Suite struct ReportTests {
    private typealias Members = [String: Any]

    private func parse(_ json: JSON) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(json.written.utf8), options: .fragmentsAllowed)
    }

    @Test(
        arguments: [
            "", "plain", "quote \" and \\ backslash", "line\nfeed\r\ttab", "\u{0}\u{1}\u{1f}\u{7f}",
            "ä 漢字 👩‍👧", "</script>", "\u{2028}\u{fffd}", "\u{1b}[31m",
        ])
    func `every text comes back`(text: String) throws {
        #expect(try parse(.text(text)) as? String == text)
        let member = try parse(.object([(text, .boolean(true))])) as? Members
        #expect(member?[text] as? Bool == true)
    }

    @Test func `every number comes back`() throws {
        for number in [0, 1, -1, 1 << 62, .max, .min] as [Int64] {
            #expect((try parse(.number(number)) as? NSNumber)?.int64Value == number)
        }
        for thousandths in [0, 1, 10, 999, 1_000, 1_001, 86_400_000] as [Int64] {
            let value = (try parse(.fraction(thousandths)) as? NSNumber)?.doubleValue
            #expect(value == Double(thousandths) / 1000)
        }
    }

    @Test func `nothing, lists and objects nest`() throws {
        let nested = JSON.list([
            .list([]), .object([]), .null, .boolean(false),
            .object([("a", .list([.number(1), .object([("b", .null)])]))]),
        ])
        let found = try #require(try parse(nested) as? [Any])
        #expect(found.count == 5)
        #expect((found[0] as? [Any])?.isEmpty == true)
        #expect((found[1] as? Members)?.isEmpty == true)
        #expect(found[2] is NSNull)
        let inner = ((found[4] as? Members)?["a"] as? [Any])?[1] as? Members
        #expect(inner?["b"] is NSNull)
        #expect(nested.written.hasSuffix("]\n"))
    }

    private func command(_ role: Role, _ word: [UInt8], _ status: ExitStatus?) -> Command {
        let start = Instant(nanoseconds: 2_000_000_000)
        var command = Command(
            role: role, words: [Word(word), Word("x y")], pid: 42, started: start)
        command.status = status
        if status != nil { command.ended = start + .milliseconds(1_500) }
        return command
    }

    private var report: Report {
        let started = Instant(nanoseconds: 1_000_000_000)
        var report = Report(
            Outcome(121, "incomplete", "a \"quoted\" sentence"), started: started,
            ended: started + .milliseconds(4_250))
        report.rendezvous = .milliseconds(12)
        report.commands = [
            command(.producer, [0xff, 0x22], .exited(0)),
            command(.remote, [0x61], .killed(signal: 9)),
            command(.consumer, [0x62], nil),
        ]
        var receiver = FlowFacts(.left, byteCount: 1 << 62)
        receiver.unread = 3
        var sender = FlowFacts(.reset, byteCount: .max)
        sender.path.busyMicroseconds = 1_000_000
        sender.path.receiverLimitedMicroseconds = 500_000
        sender.path.retransmits = 2
        report.flows = [
            FlowReport(
                FlowVerdict(.out, sender: sender, receiver: receiver), caller: .there,
                here: Endpoint("[fe80::1%2]:5"), there: nil,
                duration: .seconds(2))
        ]
        return report
    }

    @Test func `a report holds what happened, each thing under its name`() throws {
        let found = try #require(try parse(report.json) as? Members)
        #expect(found["status"] as? Int == 121)
        #expect(found["outcome"] as? String == "incomplete")
        #expect(found["sentence"] as? String == "a \"quoted\" sentence")
        #expect(found["seconds"] as? Double == 4.25)
        #expect(found["rendezvous_seconds"] as? Double == 0.012)
        #expect((found["there"] as? Members)?["version"] is NSNull)
    }

    @Test func `each command is there with its end, status or signal, and times`() throws {
        let found = try #require(try parse(report.json) as? Members)
        let commands = try #require(found["commands"] as? [Members])
        #expect(commands.map { $0["role"] as? String } == ["producer", "remote", "consumer"])
        #expect(commands.map { $0["end"] as? String } == ["here", "there", "here"])
        #expect(commands.map { $0["status"] as? Int } == [0, nil, nil])
        #expect(commands.map { $0["signal"] as? Int } == [nil, 9, nil])
        #expect(commands.map { $0["started_seconds"] as? Double } == [1, 1, 1])
        #expect(commands.map { $0["ended_seconds"] as? Double } == [2.5, 2.5, nil])
        #expect((commands[0]["words"] as? [String])?[1] == "x y")
    }

    @Test func `words that are no text are there as bytes`() throws {
        var report = report
        let cases: [([UInt8], [String]?)] = [([0xff, 0x61], ["ff61", "782079"]), ([0x61], nil)]
        for (word, wanted) in cases {
            report.commands = [command(.remote, word, nil)]
            let found = try #require(try parse(report.json) as? Members)
            let told = try #require(found["commands"] as? [Members])
            #expect(told[0]["words_hex"] as? [String] == wanted)
        }
    }

    @Test func `each flow is there with its bytes to the last digit, and its bottleneck`() throws {
        let found = try #require(try parse(report.json) as? Members)
        let flow = try #require((found["flows"] as? [Members])?.first)
        #expect((flow["bytes_sent"] as? NSNumber)?.int64Value == .max)
        #expect((flow["bytes_received"] as? NSNumber)?.int64Value == 1 << 62)
        #expect(flow["unread"] as? Int == 3)
        #expect(flow["complete"] as? Bool == false)
        #expect(flow["endpoint_here"] as? String == "[fe80::1%2]:5")
        #expect(flow["endpoint_there"] is NSNull)
        let bottleneck = try #require(flow["bottleneck"] as? Members)
        #expect(bottleneck["who"] as? String == "producer")
        #expect(bottleneck["consumer"] as? Double == 0.25)
    }

    /// The report's flow with a relay at each end.
    private func relayedFlow() throws -> FlowReport {
        func relay(_ fields: String) throws -> RelayFacts? {
            let line = "counts engine=\(fields) source-wait=1500000 target-wait=2000"
            return try RelayFacts(ControlLine(parsing: [UInt8](line.utf8)[...]))
        }
        let flow = report.flows[0]
        var (sender, receiver) = (flow.verdict.sender, flow.verdict.receiver)
        sender.relay = try relay("ring-splice hash=\(String(repeating: "0a", count: 32))")
        receiver.relay = try relay("copy reason=odd%0a%22words%22")
        return FlowReport(
            FlowVerdict(.out, sender: sender, receiver: receiver), caller: .there, here: nil,
            there: nil, duration: .seconds(2))
    }

    @Test func `a relay is there with its engine, its reason, its hash and its waits`() throws {
        let flow = try #require(try parse(try relayedFlow().json) as? Members)
        #expect(
            (flow["route_here"] as? String, flow["route_there"] as? String) == ("relay", "relay"))
        let here = try #require(flow["relay_here"] as? Members)
        let there = try #require(flow["relay_there"] as? Members)
        #expect(here["engine"] as? String == "ring-splice")
        #expect(here["reason"] is NSNull)
        #expect(here["blake2b"] as? String == String(repeating: "0a", count: 32))
        #expect(here["waited_for_source_seconds"] as? Double == 1.5)
        #expect(here["waited_for_target_seconds"] as? Double == 0.002)
        #expect(there["engine"] as? String == "copy")
        #expect(there["reason"] as? String == "odd\n\"words\"")
        #expect(there["blake2b"] is NSNull)
    }

    @Test func `a flow that was handed off has no relay`() throws {
        let flow = try #require(try parse(report.flows[0].json) as? Members)
        #expect(flow["route_here"] as? String == "hand-off")
        #expect(flow["relay_here"] is NSNull && flow["relay_there"] is NSNull)
    }

    @Test func `the summary names each relay's engine, and why, safe for a terminal`() throws {
        let summary = try #require(try relayedFlow().summary)
        #expect(
            summary.contains(
                #", relay here by ring-splice, relay there by copy (odd\x0a"words")"#))
    }

    @Test func `the summary names the bytes, the rate and the bottleneck`() throws {
        let line = try #require(report.summary.first)
        #expect(line.contains("flow out: 4,611,686,018,427,387,904 bytes in 2.000 s, 2.30 EB/s,"))
        #expect(line.contains("bottleneck writer (50 % of the time)"))
    }

    @Test(
        arguments: [
            (
                900_000, 0, "here: net.ipv4.tcp_rmem or --window",
                "90 % of the time, 90 % due to the size of the receive"
            ),
            (
                0, 600_000, "there: net.ipv4.tcp_wmem or --window",
                "90 % of the time, 60 % due to the size of the send"
            ),
            (300_000, 400_000, nil, "(90 % of the time)"),
        ] as [(Int64, Int64, String?, String)])
    func `the summary says which buffer is too small for the path`(
        receiving: Int64, sending: Int64, setting: String?, shares: String
    ) throws {
        var (sender, receiver) = (
            FlowFacts(.finished, byteCount: 1), FlowFacts(.finished, byteCount: 1)
        )
        sender.path.busyMicroseconds = 900_000
        sender.path.receiverLimitedMicroseconds = receiving
        sender.path.sendBufferLimitedMicroseconds = sending
        receiver.path.backlogMicroseconds = 0
        let flow = FlowReport(
            FlowVerdict(.back, sender: sender, receiver: receiver), caller: .there, here: nil,
            there: nil, duration: .seconds(1))
        let line = try #require(flow.summary)
        #expect(line.contains("flow back: 1 byte in 1.000 s, 1 B/s, bottleneck network"), "\(line)")
        #expect(line.contains(shares), "\(line)")
        #expect(line.contains("net.ipv4") == (setting != nil), "\(line)")
        if let setting { #expect(line.contains(" buffer \(setting))"), "\(line)") }
        let written = try #require(try parse(flow.json) as? Members)["bottleneck"] as? Members
        #expect(written?["receive_buffer"] as? Double == Double(receiving) / 1_000_000)
        #expect(written?["send_buffer"] as? Double == Double(sending) / 1_000_000)
    }

    @Test func `the summary tells what the sockets got of what was asked for`() throws {
        var (sender, receiver) = (
            FlowFacts(.finished, byteCount: 1), FlowFacts(.finished, byteCount: 1)
        )
        sender.path.socket = SocketFacts(
            congestionControl: "bbr", bufferSize: 64_000_000, codePoint: CodePoint(1)!)
        receiver.path.socket = SocketFacts(
            congestionControl: "reno", bufferSize: 128_000_000, codePoint: CodePoint(0)!)
        let verdict = FlowVerdict(.back, sender: sender, receiver: receiver)
        let words = [
            "buffers of 64.0 MB there and 128 MB here", "congestion control bbr", "DSCP LE",
        ]
        var order = SocketOrder()
        (order.window, order.congestionControl, order.codePoint) = (1 << 25, "bbr", CodePoint(1))
        for (sockets, isAsked) in [(order, true), (SocketOrder(), false)] {
            let flow = FlowReport(
                verdict, caller: .here, here: nil, there: nil, duration: .seconds(1),
                sockets: sockets)
            let summary = try #require(flow.summary)
            for part in words { #expect(summary.contains(part) == isAsked, "\(summary)") }
            let written = try #require(try parse(flow.json) as? Members)
            #expect(written["congestion_control"] as? String == "reno")
            #expect(written["congestion_control_there"] as? String == "bbr")
            #expect(written["dscp"] as? String == "LE")
            #expect((written["send_buffer_bytes"] as? Int == 64_000_000) == isAsked)
            #expect((written["receive_buffer_bytes"] as? Int == 128_000_000) == isAsked)
        }
    }

    @Test func `each loss is there, and in the summary`() throws {
        var report = report
        let cut = CutFacts(.out, at: report.started + .milliseconds(1_500))
        report.reconnects = [
            ReconnectFacts(
                cut, after: .milliseconds(430), tries: 1, bytes: 3_200_000_000, resent: 7)
        ]
        #expect(report.summary.last == "went on once after a cut (0.4 s, 7 B sent again)")
        let login = CutFacts(nil, at: report.started + .seconds(3))
        report.reconnects.append(ReconnectFacts(login, after: .seconds(2), tries: 3))
        #expect(report.summary.last == "went on 2 times after cuts (2.4 s in all, 7 B sent again)")
        #expect(
            report.reconnects.map { $0.sentence } == [
                "flow 'out' was cut after 3.20 GB; went on after 0.4 s, 7 B sent again",
                "logged in again after 2.0 s and 3 tries",
            ])
        let found = try #require(try parse(report.json) as? Members)
        let told = try #require(found["reconnects"] as? [Members])
        let flow = try #require(told.first)
        #expect(flow["flow"] as? String == "out" && flow["login"] == nil)
        #expect((flow["at"] as? Double, flow["after"] as? Double) == (1.5, 0.43))
        #expect((flow["bytes"] as? NSNumber)?.int64Value == 3_200_000_000)
        #expect((flow["resent"] as? Int, flow["tries"] as? Int) == (7, 1))
        #expect(Set(told[1].keys) == ["at", "login", "after", "tries"])
        #expect(told[1]["login"] as? Bool == true)
    }

    @Test func `a report of a session that never began is written`() throws {
        let now = Instant.now
        let empty = Report(Outcome(signal: 15), started: now, ended: now)
        let found = try #require(try parse(empty.json) as? Members)
        #expect(found["status"] as? Int == 143)
        #expect((found["commands"] as? [Any])?.isEmpty == true)
        #expect(empty.summary == [])
    }
}

extension Report {
    fileprivate var json: JSON {
        json(startedAt: WallTime(milliseconds: 0), endedAt: WallTime(milliseconds: 4_250))
    }
}
