import Foundation
import Testing

/// The exit status names the cause, and 0 is never a lie.
@Suite(.gated) struct StatusTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A session's three commands and the status that must come of them.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let producer: Words?
        let consumer: Words?
        let remote: Words
        let options: Words
        let status: Int32
        /// What the message must name, if there is one.
        let role: String?

        init(
            _ name: String, i producer: Words? = nil, o consumer: Words? = nil,
            r remote: Words = "cat", _ options: Words = [], is status: Int32, by role: String? = nil
        ) {
            testDescription = name
            self.producer = producer
            self.consumer = consumer
            self.remote = remote
            self.options = options
            self.status = status
            self.role = role
        }
    }

    static let fails3 = Words.sh("echo some; exit 3")
    static let reads = Words.sh("cat >/dev/null; exit 4")

    static let cases = [
        Case("all well", i: "echo hi", o: "cat", is: 0),
        Case("the producer fails", i: fails3, is: 3, by: "producer"),
        Case("the producer fails, strictly", i: fails3, "--strict", is: 3, by: "producer"),
        Case("the producer fails with 255", i: .sh("exit 255"), is: 255, by: "producer"),
        Case("the remote command fails", i: "echo hi", r: reads, is: 4, by: "remote"),
        Case("the remote command fails behind -o", o: "cat", r: .sh("exit 4"), is: 4, by: "remote"),
        Case("the consumer fails", o: .sh("cat; exit 5"), r: "echo hi", is: 5, by: "consumer"),
        Case("two fail: the producer comes first", i: fails3, r: reads, is: 3, by: "producer"),
        Case(
            "two fail: the remote command comes second", i: "echo hi",
            o: .sh("cat >/dev/null; exit 5"), r: reads, is: 4, by: "remote"),
        Case("the producer is killed", i: .sh("echo a; kill -9 $$"), is: 137, by: "producer"),
        Case("the producer is terminated", i: .sh("kill -TERM $$"), is: 143, by: "producer"),
        Case(
            "the remote command is killed", i: "echo", r: .sh("kill -9 $$"),
            is: 137, by: "remote"),
        Case("the consumer is killed", o: .sh("kill -9 $$"), r: "echo", is: 137, by: "consumer"),
        Case("a shell says 130", i: .sh("exit 130"), is: 130, by: "producer"),
        Case("no such producer", i: "/no/such", is: 127, by: "/no/such"),
        Case("no such producer in PATH", i: "nosuchprogram", is: 127, by: "nosuchprogram"),
        Case("no such remote command", i: "echo", r: "/no/such", is: 127, by: "/no/such"),
        Case("no such consumer", o: "/no/such", r: "echo", is: 127, by: "/no/such"),
        Case("the producer is no program", i: "/etc/passwd", is: 126, by: "/etc/passwd"),
        Case(
            "the remote command is no program", o: "cat", r: "/etc/passwd",
            is: 126, by: "/etc/passwd"),
        Case("the consumer is no program", o: "/etc/passwd", r: "echo", is: 126, by: "/etc/passwd"),
        Case(
            "a shell does not find the producer", i: .sh("nosuchprogram"),
            is: 127, by: "producer"),
        Case("the remote command leaves early", i: "yes", r: "head -1", is: 121, by: "remote"),
        Case("it may", i: "yes", r: "head -1", "--allow-early-exit", is: 0),
        Case("the consumer leaves early", o: "head -1", r: "yes", is: 121, by: "consumer"),
        Case("it may, too", o: "head -1", r: "yes", "--allow-early-exit", is: 0),
        Case(
            "the remote command leaves early and fails", i: "cat /dev/zero",
            r: .sh("head -c 1M >/dev/null; exit 4"), is: 4, by: "remote"),
        Case(
            "to leave early is no excuse for failing", i: "cat /dev/zero",
            r: .sh("head -c 1M >/dev/null; exit 4"), "--allow-early-exit", is: 4, by: "remote"),
        Case(
            "the remote command reads nothing of a little", i: "echo hi", r: "true", is: 121,
            by: "remote"),
        Case("the disk is full", i: "cat /dev/zero", r: .sh("cat >/dev/full"), is: 1, by: "remote"),
        Case(
            "the disk is full here", o: .sh("cat >/dev/full"), r: "cat /dev/zero",
            is: 1, by: "consumer"),
    ]

    @Test(arguments: cases, Way.usual)
    func `the status and the message name the cause`(
        case wanted: Case, way: Way
    ) async throws {
        let session = Session(
            there: way.there, route: way.route, producer: wanted.producer,
            consumer: wanted.consumer,
            remote: wanted.remote, options: wanted.options)
        let ending = try await session.run(within: .seconds(20))
        #expect(ending.status == wanted.status)
        #expect(ending.elapsed < .seconds(8))
        if let role = wanted.role {
            #expect(ending.complaints.contains { $0.contains(role) })
        }
        #expect(ending.report?.status == wanted.status)
        if wanted.options.bytes.isEmpty {
            #expect((ending.report?.outcome == "complete") == (wanted.status == 0))
        }
    }

    @Test(.tries(.failingProducer), arguments: Direction.allCases, Way.usual)
    func `every byte of a producer that fails is delivered`(
        direction: Direction, way: Way
    ) async throws {
        let sender = Words.sh("yes | head -c 5000000; exit 3")
        let reader = Words.sh("cat > \"$1\"; echo $? > \"$1.status\"", scratch / "copy")
        let ending = try await Session(direction, from: sender, to: reader, way).run()
        #expect(ending.status == 3)
        #expect(contents(of: scratch / "copy")?.count == 5_000_000)
        #expect(scratch.text("copy.status") == "0\n")
        #expect(ending.report?.flow("\(direction)")?.bytesReceived == 5_000_000)
    }

    /// How a sender ends that breaks its stream, and the status that comes of it.
    static let breaks: [(end: String, options: Words, status: Int32)] = [
        ("exit 3", "--strict", 3), ("kill -9 $$", [], 137), ("exit 127", [], 127),
        ("exit 137", [], 137),
    ]

    @Test(arguments: breaks, Way.usual)
    func `the reader of a broken stream sees an error, not an end`(
        sender: (end: String, options: Words, status: Int32), way: Way
    ) async throws {
        for direction in Direction.allCases {
            let session = Session(
                direction, from: .sh("yes | head -c 1000000; \(sender.end)"),
                to: .sh("cat >/dev/null; echo $? > \"$1\"", scratch / "\(direction)"), way,
                options: sender.options)
            #expect(try await session.run().status == sender.status, "\(direction)")
            way.route.expectBroken(
                scratch.text("\(direction)"), at: direction.target, "\(direction)")
        }
    }

    @Test func `the report tells every command and flow`() async throws {
        let session = Session(
            producer: .sh("printf 12345; exit 3"), consumer: "cat",
            remote: .sh("cat; exit 4"))
        let report = try #require(try await session.run().report)
        #expect(report.status == 3)
        #expect(report.command("producer")?.status == 3)
        #expect(report.command("producer")?.end == "here")
        #expect(report.command("remote")?.status == 4)
        #expect(report.command("remote")?.end == "there")
        #expect(report.command("consumer")?.status == 0)
        #expect(report.flow("out")?.bytesReceived == 5)
        #expect(report.flow("back")?.bytesReceived == 5)
        #expect(report.sentence?.isEmpty == false)
    }

    @Test func `the report tells a signal`() async throws {
        let session = Session(producer: .sh("kill -9 $$"), remote: "cat")
        let report = try #require(try await session.run().report)
        #expect(report.command("producer")?.signal == 9)
        #expect(report.status == 137)
    }
}
