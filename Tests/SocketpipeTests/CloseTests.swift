import Foundation
import Testing

/// A flow ends when its last writer or reader closes it, as a pipe does.
@Suite(.gated) struct CloseTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: Way.usual)
    func `a background child of the producer may still write`(way: Way) async throws {
        let session = Session(
            there: way.there, route: way.route, producer: .sh("(sleep .3; echo late) & echo early"),
            remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "early\nlate\n")
    }

    @Test(arguments: Way.usual)
    func `a background child of the remote command may still write`(
        way: Way
    ) async throws {
        let session = Session(
            there: way.there, route: way.route, consumer: "cat",
            remote: .sh("(sleep .3; echo late) & echo early"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "early\nlate\n")
    }

    @Test(arguments: Way.usual)
    func `a background writer is named after a while`(way: Way) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            producer: .sh("(\(scratch.until("go")); echo late) & echo early"), remote: "cat"
        ).start()
        try #require(await eventually { run.errorSoFar.contains("waiting for process ") })
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "early\nlate\n")
    }

    @Test(arguments: Way.usual)
    func `the slow filter behind a process substitution gets everything`(way: Way) async throws {
        let filter = "{ sleep .2; cat; }"
        let session = Session(
            there: way.there, route: way.route,
            producer: .bash("yes | head -c 3000000 > >(\(filter))"),
            remote: .sh("cat > \"$1\"", scratch / "copy"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(contents(of: scratch / "copy")?.count == 3_000_000)
    }

    @Test(arguments: Way.usual)
    func `a producer that closes its output may run on`(way: Way) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            producer: .sh("echo hi; exec >&-; \(scratch.until("go"))"),
            remote: .sh("cat; touch \"$1\"", scratch / "read")
        ).start()
        try #require(await eventually { scratch.exists("read") })
        #expect(run.isRunning)
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "hi\n")
    }

    @Test(arguments: Way.usual)
    func `a remote command that closes its output may run on`(way: Way) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            consumer: .sh("cat; touch \"$1\"", scratch / "read"),
            remote: .sh("echo hi; exec >&-; \(scratch.until("go"))")
        ).start()
        try #require(await eventually { scratch.exists("read") })
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "hi\n")
    }

    @Test(.tries(.leavingRemote), arguments: Way.usual)
    func `a remote command that closes its input and runs on ends the producer`(
        way: Way
    ) async throws {
        let run = try Session(
            there: way.there, route: way.route, producer: "yes",
            remote: .sh(
                "head -1 >/dev/null; exec <&-; touch \(scratch / "shut"); \(scratch.until("go"))")
        ).start()
        try #require(await eventually { scratch.exists("shut") })
        try #require(await eventually { run.mark.process("yes") == nil })
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 121)
    }

    @Test(.tries(.leavingConsumer), arguments: Way.usual)
    func `a consumer that closes its input and runs on ends the remote command`(
        way: Way
    ) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            consumer: .sh("head -1; exec <&-; touch \(scratch / "shut"); \(scratch.until("go"))"),
            remote: "yes"
        ).start()
        try #require(await eventually { scratch.exists("shut") })
        try #require(await eventually { run.mark.process("yes") == nil })
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 121)
    }

    // Behind a relay the reader has a pipe, which it cannot write to.
    @Test(
        arguments: Route.all.filter { $0.engine(at: "there") == nil },
        ["printf x >&0; cat > \"$1\"", "cat > \"$1\"; printf x >&0"])
    func `a byte written upstream does not harm the stream`(
        route: Route, script: String
    ) async throws {
        let session = Session(
            route: route,
            producer: .sh("yes | head -c 4000000"),
            remote: .sh(script, scratch / "copy"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(contents(of: scratch / "copy")?.count == 4_000_000)
    }

    @Test(arguments: Direction.allCases, Way.usual)
    func `zero padding that nobody reads is told, not a failure`(
        direction: Direction, way: Way
    ) async throws {
        // Behind the archive's last block that was read there are 976 blocks of zeros.
        // It is about the data: --quiet does not hide it.
        let session = Session(
            direction, from: .sh("head -c 512 /dev/urandom; head -c 499712 /dev/zero"),
            to: .sh("head -c 512 >/dev/null"), way, options: "--quiet")
        let ending = try await session.run()
        #expect(ending.status == 0)
        let flow = try #require(ending.report?.flow(direction == .out ? "out" : "back"))
        #expect(flow.bytesSent == 500_224)
        #expect(flow.padding == 499_712)
        let sentence = "'sh' left 499,712 bytes of zeros unread, as readers leave"
        #expect(ending.complaints.contains { $0.contains(sentence) }, "\(ending)")
    }

    @Test(
        arguments: [(5, 500_000), (512, 500_000), (5, 512), (1_000_100, 899_900), (512, 1)],
        Way.usual)
    func `zeros that cannot be an archive's padding were left`(
        sizes: (read: Int, left: Int), way: Way
    ) async throws {
        let made = "head -c \(sizes.read) /dev/urandom; head -c \(sizes.left) /dev/zero"
        for direction in Direction.allCases {
            let reader = Words.sh("head -c \(sizes.read) >/dev/null")
            let ending = try await Session(direction, from: .sh(made), to: reader, way).run()
            #expect(ending.status == 121, "\(ending)")
        }
    }

    @Test(arguments: ["2000000 /dev/zero", "100000 /dev/urandom"], Way.usual)
    func `too much padding, or padding that is not zero, is a failure`(
        rest: String, way: Way
    ) async throws {
        let session = Session(
            there: way.there, route: way.route,
            producer: .sh("printf 12345; head -c \(rest)"), remote: .sh("head -c 5 >/dev/null"))
        #expect(try await session.run().status == 121)
    }

    @Test(arguments: Way.usual)
    func `one byte too many is a failure`(way: Way) async throws {
        let session = Session(
            there: way.there, route: way.route,
            producer: .sh("printf 123456"), remote: .sh("head -c 5 >/dev/null"))
        #expect(try await session.run().status == 121)
    }

    @Test(arguments: Way.usual)
    func `what comes after a reader of just so much has left is a failure`(
        way: Way
    ) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            producer: .sh("printf 12345; \(scratch.until("left")); printf 6"),
            remote: .sh("head -c 5 >/dev/null; touch \"$1\"", scratch / "left")
        ).start()
        #expect(try await run.ending().status == 121)
    }

    @Test(.tries(.exactReader), arguments: Way.usual)
    func `a reader of just so much may leave long before the end`(
        way: Way
    ) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            producer: .sh("printf 12345; \(scratch.until("go"))"),
            remote: .sh("head -c 5 >/dev/null; touch \"$1\"", scratch / "left")
        ).start()
        try #require(await eventually { scratch.exists("left") })
        try #require(await eventually { run.mark.process { $0.first == "head" } == nil })
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
    }

    @Test(.tries(.exactReader), arguments: Way.usual)
    func `a consumer of just so much may leave long before the end`(way: Way) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            consumer: .sh("head -c 5 >/dev/null; touch \"$1\"", scratch / "left"),
            remote: .sh("printf 12345; \(scratch.until("go"))")
        ).start()
        try #require(await eventually { scratch.exists("left") })
        try #require(await eventually { run.mark.process { $0.first == "head" } == nil })
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
    }
}
