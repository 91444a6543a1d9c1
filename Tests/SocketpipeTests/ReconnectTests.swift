import Foundation
import Testing

/// `--reconnect`: connections are cut, and every byte arrives once and in order all the same.
@Suite(.gated, .awaitsReconnecting) struct ReconnectTests {
    let stream: CutStream

    init() throws { stream = try CutStream() }

    static let companions: [Words] = [
        [], "--engine splice", "--engine copy", "--encrypt", "--checksum", "--record 64k",
        "--buffer 4M", "--push", "--via auto", "--relay both", "--strict",
    ]

    @Test(arguments: companions)
    func `a cut costs no byte, whatever moves them`(options: Words) async throws {
        try await Cutter.of { cutter in
            var session = stream.session(20_000_000, options + cutter.options)
            if options.text == "--push" { session.there = nil }
            let run = try session.start()
            for mark in [3_000_000, 9_000_000, 15_000_000] {
                try await stream.reaches(mark, run)
                try await cutter.cut(run)
            }
            let ending = try await run.ending()
            try await stream.expectWhole(ending, 20_000_000, cuts: 3...3)
        }
    }

    @Test(arguments: Cutter.Means.allCases)
    func `twenty cuts at random moments cost no byte`(means: Cutter.Means) async throws {
        if means == .kernel, let refusal = TCPSide.refusal { try Test.cancel("\(refusal)") }
        var random = SeededGenerator()
        try await Cutter.of(means) { cutter in
            let run = try stream.session(
                200_000_000, "--reconnect 30 --rate 40M" + cutter.options
            ).start()
            let marks = (0..<20).map { _ in random.below(195_000_000) }.sorted()
            for mark in marks {
                try await stream.reaches(mark, run)
                try await cutter.cut(run)
            }
            let ending = try await run.ending(within: .seconds(120))
            try await stream.expectWhole(ending, 200_000_000, cuts: 10...20, random.comment)
        }
    }

    @Test(arguments: ["<$0 >$1", "| cat"])
    func `our own input and output go on`(place: String) async throws {
        let size = 20_000_000
        try await shell("\(CutStream.make(size)) >$1", stream.scratch / "in")
        let files = "\"${@:2}\" <$0 >$1"
        let pipes = "set -o pipefail; cat $0 | \"${@:2}\" | cat >$1"
        try await Cutter.of { cutter in
            var session = stream.session(size, cutter.options)
            (session.producer, session.consumer) = ("-", "-")
            session.remote = "tee \(stream.scratch / "there")"
            session.wrapper = [
                "bash", "-c", place == "| cat" ? pipes : files, stream.scratch / "in",
                stream.scratch / "out",
            ]
            let run = try session.start()
            for mark in [3_000_000, 12_000_000] {
                try await stream.reaches(mark, run, reader: session.remote.text)
                try await cutter.cut(run, all: true)
            }
            let ending = try await run.ending()
            #expect(ending.status == 0, "\(ending.testDescription)")
            for name in ["there", "out"] {
                try await shell("cmp $1 $2", stream.scratch / "in", stream.scratch / name)
            }
        }
    }

    @Test func `the streams of a remote shell go on`() async throws {
        try await SSHServer.running { server in
            try await Cutter.of(TCPSide.refusal == nil ? .kernel : .box) { cutter in
                let size = 20_000_000
                let line: Words = ["four", CutStream.make(size), ";", "exit", "7"]
                let rsh = ["--rsh", "-F", server.folder / "client"] + line
                let run = try Run(
                    [Program.here, "--there", Program.remote] + CutStream.usual + cutter.options
                        + rsh)
                let isThere = try await eventually { run.outputSoFar.count > size / 4 }
                try #require(isThere, "\(run.errorSoFar)")
                try await cutter.cut(run)
                let ending = try await run.ending()
                #expect(ending.status == 7, "\(ending.testDescription)")
                #expect(ending.output.count == size)
                let sum = try await shell("\(CutStream.make(size)) | cksum")
                try ending.output.write(to: URL(fileURLWithPath: stream.scratch / "out"))
                #expect(try await shell("cksum <$1", stream.scratch / "out") == sum)
            }
        }
    }

    /// Pages of 300 bytes each: what is kept takes a slot of a pipe for each of them.
    @Test func `small writes go on`() async throws {
        let script = "for (1 .. 20000) { syswrite STDOUT, sprintf qq(%299d\\n), $_ }"
        let sum = try await shell("perl -e '\(script)' | cksum")
        try await Cutter.of { cutter in
            var session = stream.session(6_000_000, "--reconnect 30 --rate 6M" + cutter.options)
            session.producer = ["perl", "-e", script]
            let run = try session.start()
            for mark in [1_000_000, 3_000_000, 5_000_000] {
                try await stream.reaches(mark, run)
                try await cutter.cut(run)
            }
            let ending = try await run.ending()
            #expect(ending.status == 0, "\(ending.testDescription)")
            #expect(ending.text == sum)
        }
    }

    @Test func `a cut while bytes are sent again costs no byte`() async throws {
        try await Cutter.of { cutter in
            let run = try stream.session(30_000_000, cutter.options).start()
            for mark in [3_000_000, 15_000_000] {
                try await stream.reaches(mark, run)
                // The next connection is cut as soon as it is there.
                for _ in 0..<5 { try await cutter.cut(run) }
            }
            let ending = try await run.ending()
            try await stream.expectWhole(ending, 30_000_000)
        }
    }

    @Test func `both flows are cut at once`() async throws {
        try await Cutter.of { cutter in
            let run = try stream.session(20_000_000, cutter.options).start()
            for mark in [3_000_000, 9_000_000, 15_000_000] {
                try await stream.reaches(mark, run)
                try await cutter.cut(run, all: true)
            }
            let ending = try await run.ending()
            try await stream.expectWhole(ending, 20_000_000)
        }
    }

    /// All bytes are there, and nothing of the end.
    @Test func `an end that was lost with its connection is sent again`() async throws {
        let box = try await CuttingBox.started()
        let part = CutStream.make(1_000_000)
        let run = try Session(
            there: .remoteAlone, producer: .sh("\(part); \(stream.scratch.until("go"))"),
            remote: "cksum", options: "--reconnect 30" + box.options
        ).start()
        try await stream.reaches(1_000_000, run)
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
        let run = try stream.session(20_000_000, box.options).start()
        try await stream.reaches(5_000_000, run)
        try await box.perform(.stall)
        let ending = try await run.ending(within: .seconds(60))
        try await stream.expectWhole(ending, 20_000_000)
        #expect(box.connectionCount > 2)
        try await box.stop()
    }

    @Test func `each cut is told: in the report, in sentences and to a program`() async throws {
        try await Cutter.of { cutter in
            var session = stream.session(20_000_000, cutter.options)
            session.options = session.options + "--verbose --progress=json"
            session.consumer = nil
            session.remote = "cksum"
            let run = try session.start()
            for mark in [2_000_000, 8_000_000, 14_000_000] {
                try await stream.reaches(mark, run)
                try await cutter.cut(run)
            }
            let ending = try await run.ending()
            let told = try #require(ending.report?.reconnects)
            #expect(told.count == 3, "\(ending.testDescription)")
            var last = (at: 0.0, bytes: Int64(0))
            for cut in told {
                #expect(cut.flow == "out" && cut.login == nil && cut.tries >= 1)
                #expect(cut.at >= last.at && cut.bytes ?? 0 > last.bytes && cut.after >= 0)
                #expect(cut.resent ?? -1 >= 0)
                last = (cut.at, cut.bytes ?? 0)
            }
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
}
