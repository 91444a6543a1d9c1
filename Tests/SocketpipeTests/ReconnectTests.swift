import Foundation
import Testing

/// `--reconnect`: connections are cut, and every byte arrives once and in order all the same.
@Suite(.gated) struct ReconnectTests {
    let stream: CutStream

    init() throws { stream = try CutStream() }

    static let companions: [Words] = [
        [], "--engine splice", "--engine copy", "--encrypt", "--checksum", "--record 64k",
        "--buffer 4M", "--push", "--via auto", "--relay both", "--strict",
    ]

    @Test(arguments: companions)
    func `a cut costs no byte, whatever moves them`(options: Words) async throws {
        try await Cutter.of { cutter in
            var session = stream.session(options + cutter.options)
            if options.text == "--push" { session.there = nil }
            let run = try stream.start(session)
            try await stream.atEachRest(of: run) { _ in try await cutter.cut(run) }
            try await stream.expectWhole(run.ending(), cuts: 3...3)
        }
    }

    /// What nothing moves through for a while is no new connection: so they end before the stream.
    @Test(arguments: Cutter.Means.allCases)
    func `twenty cuts at random moments cost no byte`(means: Cutter.Means) async throws {
        if means == .kernel, let refusal = TCPSide.refusal { try Test.cancel("\(refusal)") }
        var random = SeededGenerator()
        let (size, rest) = (200_000_000, 50_000_000)
        try await Cutter.of(means) { cutter in
            let go = stream.scratch.until("go")
            let make = "{ head -c \(size - rest); \(go); head -c \(rest); }"
            let run = try stream.start(
                Session(
                    there: .remoteAlone, producer: .sh("seq 100000000 | \(make)"),
                    consumer: "cksum",
                    remote: "cat", options: "--reconnect 30 --rate 20M" + cutter.options
                ))
            try await stream.isRead(1_000_000, of: run, by: "cksum")
            let reader = try #require(run.mark.process("cksum"))
            for _ in 0..<20 where reader.bytesRead < size - 2 * rest {
                try await random.moment(within: .milliseconds(200))
                try await cutter.cut(run)
            }
            try stream.scratch.write("", to: "go")
            let ending = try await run.ending(within: .seconds(120))
            try await stream.expectWhole(ending, size, cuts: 1...20, random.comment)
            let resent = (ending.report?.reconnects ?? []).reduce(0) { $0 + ($1.resent ?? 0) }
            #expect(resent > 0)
        }
    }

    @Test(arguments: ["<$0 >$1", "| cat"])
    func `our own input and output go on`(place: String) async throws {
        try await shell("\(CutStream.make()) >$1", stream.scratch / "in")
        let files = "\"${@:2}\" <$0 >$1"
        let go = stream.scratch.until("go\(CutStream.rests.upperBound)")
        let pipes = "set -o pipefail; { cat $0; \(go); } | \"${@:2}\" | cat >$1"
        try await Cutter.of { cutter in
            var session = stream.session(cutter.options)
            (session.producer, session.consumer) = ("-", "-")
            session.remote = .sh("\(stream.resting()) | tee $1", stream.scratch / "there")
            session.wrapper = [
                "bash", "-c", place == "| cat" ? pipes : files, stream.scratch / "in",
                stream.scratch / "out",
            ]
            let run = try stream.start(session)
            try await stream.atEachRest(of: run) { _ in try await cutter.cut(run, all: true) }
            let ending = try await run.ending()
            #expect(ending.status == 0, "\(ending.testDescription)")
            for name in ["there", "out"] {
                try await shell("cmp $1 $2", stream.scratch / "in", stream.scratch / name)
            }
        }
    }

    @Test func `the streams of a remote shell go on`() async throws {
        try await SSHServer.running { server in
            try await Cutter.of { cutter in
                let line: Words = ["four", "{", CutStream.make(), ";", "}", ";", "exit", "7"]
                let rsh = ["--rsh", "-F", server.folder / "client"] + line
                let run = try stream.start(
                    [Program.here, "--there", Program.remote, "--reconnect", "30"]
                        + ["--rate", "10M"] + cutter.options + rsh)
                let isThere = try await eventually { run.outputSoFar.count > 1_000_000 }
                try #require(isThere, "\(run.errorSoFar)")
                try await cutter.cut(run)
                let ending = try await run.ending()
                #expect(ending.status == 7, "\(ending.testDescription)")
                #expect(ending.output.count == CutStream.size)
                try ending.output.write(to: URL(fileURLWithPath: stream.scratch / "out"))
                try await shell("\(CutStream.make()) | cmp - $1", stream.scratch / "out")
            }
        }
    }

    /// What is kept takes a slot of a pipe for each of them.
    @Test func `small writes go on`() async throws {
        let wait = "select undef, undef, undef, .02 until -e q(\(stream.scratch / "go3"))"
        let script = "for (1 .. 20000) { syswrite STDOUT, sprintf qq(%299d\\n), $_ } \(wait)"
        let sum = try await shell("seq 20000 | awk '{ printf \"%299d\\n\", $1 }' | cksum")
        try await Cutter.of { cutter in
            var session = stream.session(cutter.options)
            session.producer = ["perl", "-e", script]
            session.consumer = .sh("\(stream.resting(1_000_000)) | cksum")
            let run = try stream.start(session)
            try await stream.atEachRest(of: run) { _ in try await cutter.cut(run) }
            let ending = try await run.ending()
            #expect(ending.status == 0, "\(ending.testDescription)")
            #expect(ending.text == sum)
        }
    }

    /// The next connection is cut as soon as it is there.
    @Test func `a cut while bytes are sent again costs no byte`() async throws {
        try await Cutter.of { cutter in
            let run = try stream.start(stream.session(cutter.options))
            try await stream.atEachRest(of: run) { _ in
                for _ in 0..<5 { try await cutter.cut(run) }
            }
            try await stream.expectWhole(run.ending())
        }
    }

    @Test func `both flows are cut at once`() async throws {
        try await Cutter.of { cutter in
            let run = try stream.start(stream.session(cutter.options))
            try await stream.atEachRest(of: run) { _ in try await cutter.cut(run, all: true) }
            try await stream.expectWhole(run.ending(), cuts: 3...6)
        }
    }

    /// All bytes are there, and nothing of the end.
    @Test func `an end that was lost with its connection is sent again`() async throws {
        let box = try await CuttingBox.started()
        let part = CutStream.make(1_000_000)
        let run = try stream.start(
            Session(
                there: .remoteAlone, producer: .sh("\(part); \(stream.scratch.until("go"))"),
                remote: "cksum", options: "--reconnect 30" + box.options
            ))
        try await stream.isRead(1_000_000, of: run, by: "cksum")
        try await box.perform(.stall)
        try stream.scratch.write("", to: "go")
        try #require(await eventually { run.mark.process { $0.first == "sh" } == nil })
        try await box.perform(.cut)
        let ending = try await run.ending()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(try await ending.text == shell("\(part) | cksum"))
        try await box.stop()
    }

    /// Nothing is answered any more, and no reset tells of it.
    @Test(.tries(.deadPath)) func `a path that goes silent is given up`() async throws {
        let box = try await CuttingBox.started()
        var session = stream.session(box.options + "--rate 20M")
        session.consumer = "cksum"
        let run = try stream.start(session)
        try await stream.isRead(3_000_000, of: run, by: "cksum")
        try await box.perform(.stall)
        try stream.goOn(CutStream.rests.upperBound)
        let ending = try await run.ending(within: .seconds(60))
        try await stream.expectWhole(ending, cuts: 2...4)
        #expect(box.connectionCount > 2)
        try await box.stop()
    }

    @Test func `each cut is told: in the report, in sentences and to a program`() async throws {
        try await Cutter.of { cutter in
            var session = stream.session(cutter.options + "--verbose --progress=json")
            session.consumer = nil
            session.remote = .sh("\(stream.resting()) | cksum")
            let run = try stream.start(session)
            try await stream.atEachRest(of: run) { _ in try await cutter.cut(run) }
            let ending = try await run.ending()
            try await stream.expectWhole(ending, cuts: 3...3)
            expectReport(ending.report?.reconnects ?? [])
            let said = ending.complaints.filter { $0.contains("flow 'out' was cut after ") }
            #expect(said.count == 3, "\(ending.testDescription)")
            #expect(ending.error.contains("went on 3 times after cuts ("))
            for event in ["cut", "resumed"] {
                let count = ending.error.split(separator: "\n").count {
                    $0.hasPrefix("{\"event\": \"\(event)\"")
                }
                #expect(count == 3, "\(ending.testDescription)")
            }
        }
    }

    private func expectReport(_ reconnects: [Report.Reconnect]) {
        var last = (at: 0.0, bytes: Int64(0))
        for cut in reconnects {
            #expect(cut.flow == "out" && cut.login == nil && cut.tries >= 1 && cut.after >= 0)
            #expect(cut.at >= last.at && cut.bytes ?? 0 >= last.bytes)
            #expect(cut.resent ?? -1 >= 0)
            last = (cut.at, cut.bytes ?? 0)
        }
    }
}
