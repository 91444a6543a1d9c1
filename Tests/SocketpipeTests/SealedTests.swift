import Foundation
import Testing

/// `--encrypt`: what it goes with, what it refuses, and whom.
@Suite(.gated, .withSSHServer) struct SealedTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let ciphers = ["aes-128-gcm", "chacha20-poly1305"]

    /// There and back again, with what came there kept.
    private func session(_ options: Words = [], there: ThereEnd? = .remoteAlone) -> Session {
        Session(
            there: there, route: .sealed, producer: ["cat", scratch / "sent"],
            consumer: .sh("cat >$1", scratch / "back"), remote: .sh("tee $1", scratch / "there"),
            options: options)
    }

    private func makeContent(_ byteCount: Int) async throws {
        try await shell("head -c \(byteCount) /dev/urandom >$1", scratch / "sent")
    }

    private func expectCopies(
        _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let sent = contents(of: scratch / "sent")
        for name in ["there", "back"] {
            #expect(
                contents(of: scratch / name) == sent, comment, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [0, 1, 16_383, 16_384, 16_385], ciphers)
    func `a stream of any size arrives, both ways`(size: Int, cipher: String) async throws {
        try await makeContent(size)
        var session = session()
        session.environment = ["SOCKETPIPE_TEST_CIPHERS": cipher]
        let ending = try await session.run()
        ending.expectSuccess()
        expectCopies()
        for flow in ending.report?.flows ?? [] { #expect(flow.bytesReceived == Int64(size)) }
    }

    /// Behind 2^24 records both ends take the next key.
    @Test(arguments: ciphers)
    func `more records than a key may seal arrive`(cipher: String) async throws {
        try await makeContent(1_000_000)
        var session = session()
        session.environment = [
            "SOCKETPIPE_TEST_CIPHERS": cipher, "SOCKETPIPE_TEST_SEQUENCE": "16777210",
        ]
        try await session.run().expectSuccess()
        expectCopies()
    }

    @Test func `ends that do not count alike do not understand each other`() async throws {
        try await makeContent(100_000)
        var session = session()
        session.login = ["env", "SOCKETPIPE_TEST_SEQUENCE=1"]
        let ending = try await session.run()
        #expect(ending.status == 121, "\(ending.testDescription)")
        #expect(contents(of: scratch / "there")?.isEmpty != false)
    }

    @Test(arguments: LineReader.allCases)
    func `where one end has no AES both take the other cipher, and say so`(
        end: LineReader
    ) async throws {
        try await makeContent(100_000)
        var session = session("--verbose")
        let words: Words = ["env", "SOCKETPIPE_TEST_CIPHERS=chacha20-poly1305"]
        switch end {
        case .here:
            session.wrapper = words
            session.login = "env -u SOCKETPIPE_TEST_CIPHERS"
        case .there: session.login = words
        }
        let ending = try await session.run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        expectCopies()
        let encryption = try #require(ending.report?.encryption)
        #expect(encryption.cipher == "chacha20-poly1305")
        #expect(encryption.here == "relay" && encryption.there == "relay")
        #expect(ending.error.contains("encrypting with chacha20-poly1305, by relays at both ends"))
    }

    // MARK: With other options

    static let companions: [Words] = [
        "--record 64k", "--buffer 4M", "--via login", "--strict", "--relay here", "--relay there",
        "--relay both", "--engine copy", "--listen there", "--push",
    ]

    @Test(arguments: companions)
    func `it goes with other options`(options: Words) async throws {
        try await makeContent(700_000)
        let there: ThereEnd? = options.text == "--push" ? nil : .remoteAlone
        let ending = try await session(options, there: there).run()
        ending.expectSuccess()
        expectCopies()
        for flow in ending.report?.flows ?? [] {
            #expect(flow.relayHere?.engine == "copy" && flow.relayThere?.engine == "copy")
        }
    }

    @Test func `padded records are padded`() async throws {
        try await makeContent(100_000)
        let session = Session(
            route: .sealed, producer: ["cat", scratch / "sent"],
            remote: .sh("dd of=$1 bs=64k", scratch / "there"), options: "--record 64k --pad")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.error.contains("2+0 "), "\(ending.testDescription)")
        let sent = try #require(contents(of: scratch / "sent"))
        #expect(contents(of: scratch / "there") == sent + Data(count: 131_072 - sent.count))
    }

    @Test(arguments: ["<$0 >$1", "| cat"])
    func `our own input and output are sealed as well`(place: String) async throws {
        try await makeContent(3_000_000)
        let files = "\"${@:2}\" <$0 >$1"
        let pipes = "set -o pipefail; cat $0 | \"${@:2}\" | cat >$1"
        var session = session()
        (session.producer, session.consumer) = ("-", "-")
        session.wrapper = [
            "bash", "-c", place == "| cat" ? pipes : files, scratch / "sent", scratch / "back",
        ]
        try await session.run().expectSuccess()
        expectCopies()
    }

    @Test func `a reader may leave early if that is allowed`() async throws {
        var session = Session(
            route: .sealed, producer: .sh("yes | head -c 20000000"), remote: "head -c 1000")
        #expect(try await session.run().status == 121)
        session.options = "--allow-early-exit"
        let ending = try await session.run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(ending.output.count == 1000)
    }

    /// Most of them were not yet out of their records when the reader left.
    @Test(arguments: Direction.allCases, [512, 100_352, 499_712])
    func `zeros that a reader leaves are an archive's padding`(
        direction: Direction, padding: Int
    ) async throws {
        let archive = Words.sh("yes | head -c 1024; head -c \(padding) /dev/zero")
        let ending = try await Session(
            direction, from: archive, to: .sh("head -c 1024 >/dev/null"),
            Way(there: .remoteAlone, route: .sealed)
        ).run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(ending.report?.flow("\(direction)")?.padding == Int64(padding))
        let other = try await Session(
            direction, from: .sh("yes | head -c \(padding + 1024)"),
            to: .sh("head -c 1024 >/dev/null"), Way(there: .remoteAlone, route: .sealed)
        ).run()
        #expect(other.status == 121, "\(other.testDescription)")
    }

    @Test func `a dry run tells the cipher`() async throws {
        let ending = try await session("--dry-run").run()
        #expect(ending.status == 0)
        #expect(ending.error.contains(/would encrypt with [a-z0-9-]+, by relays at both ends/))
    }

    /// Whoever sees the login sees the key.
    @Test func `a login that is not encrypted is told so`() async throws {
        try scratch.write("#!/bin/sh\nexec \"$@\"\n", to: "rsh", executable: true)
        try await makeContent(1000)
        var session = session()
        session.login = [scratch / "rsh"]
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.error.contains("the login is not encrypted"), "\(ending.testDescription)")
    }

    // MARK: Refusals

    /// What another end says of itself that cannot encrypt.
    @Test(arguments: [
        "s/\\( can=[^ ]*\\),seal/\\1/", "s/ can=[^ ]*//", "s/ seal=[^ ]*//",
        "s/ seal=[^ ]*/ seal=rot13/",
    ])
    func `an end that cannot encrypt gets neither invitation nor command`(
        edit: String
    ) async throws {
        let tap: Words = ["sh", "-c", "tee \"$0\" | \"$@\"", scratch / "control"]
        let session = Session(
            route: .sealed, producer: ["touch", scratch / "producer"],
            login: tap + scratch.login(editing: "/^hello/" + edit, towards: .here),
            remote: ["touch", scratch / "remote"])
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("cannot encrypt (--encrypt)"))
        #expect(scratch.text("control")?.contains("invite") == false)
        #expect(scratch.text("before") != scratch.text("after"))
        for name in ["producer", "remote"] { #expect(!scratch.exists(name)) }
    }

    /// An invitation or an order that says something else than the other.
    @Test(
        arguments: [
            "s/^\\(invite .*\\) seal=[^ ]*/\\1 seal=rot13/", "s/^\\(invite .*\\) seal=[^ ]*/\\1/",
            "s/^\\(run .*\\) sealed=yes/\\1/", "s/^\\(run .*\\)$/\\1 readers=yes/",
        ], ThereEnd.allCases)
    func `an end that is to send in clear what was to be sealed refuses`(
        edit: String, there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, route: .sealed, producer: ["touch", scratch / "producer"],
            login: scratch.login(editing: edit, towards: .there),
            remote: ["touch", scratch / "remote"])
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(scratch.text("before") != scratch.text("after"))
        for name in ["producer", "remote"] { #expect(!scratch.exists(name)) }
    }

    /// Who has both messages in his hands is the login itself.
    @Test(arguments: Direction.allCases)
    func `data in clear is never taken for sealed`(direction: Direction) async throws {
        let edit = "s/^\\(invite .*\\) seal=[^ ]*/\\1/;s/^\\(run .*\\) sealed=yes/\\1/"
        let ending = try await Session(
            direction, from: .sh("yes | head -c 100000"), to: .sh("cat >$1", scratch / "got"),
            Way(there: .socketpipe, route: .sealed),
            login: scratch.login(editing: edit, towards: .there)
        ).run()
        #expect([121, 122].contains(ending.status), "\(ending.testDescription)")
        if direction == .back { #expect(contents(of: scratch / "got")?.isEmpty != false) }
    }
}
