import Foundation
import Testing

/// `-o -`: what comes back goes to our own standard output, whatever it is.
@Suite(.gated) struct StandardOutputTests {
    static let engines = StandardInputTests.engines

    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A session whose remote command sends 3 MB.
    private func flood(_ engine: String, to wrapper: Words, there: ThereEnd = .socketpipe)
        -> Session
    {
        Session(
            there: there, consumer: "-", remote: .sh("yes | head -c 3000000"),
            options: ["--engine", engine], wrapper: wrapper)
    }

    private func expectFlood(
        _ sum: String?, _ ending: Ending, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let wanted = try await shell("yes | head -c 3000000 | cksum")
        #expect(ending.status == 0, sourceLocation: sourceLocation)
        #expect(sum == wanted, sourceLocation: sourceLocation)
        #expect(ending.error.isEmpty, sourceLocation: sourceLocation)
    }

    @Test(arguments: engines, ThereEnd.allCases)
    func `a pipe`(engine: String, there: ThereEnd) async throws {
        let piped = "set -o pipefail; \"$@\" | { sleep .2; cksum; }"
        let ending = try await flood(engine, to: .bash(piped), there: there).run()
        try await expectFlood(ending.text, ending)
    }

    @Test(.tries(.refusedSplice), arguments: engines, [">", ">>"])
    func `a file, from where it stands`(engine: String, mode: String) async throws {
        let file = "{ echo first; \"$@\"; status=$?; echo last; } \(mode)\"$0\"; exit $status"
        try await flood(engine, to: ["bash", "-c", file, scratch / "file"]).run()
            .expectSuccess()
        let whole = try await shell("(echo first; yes | head -c 3000000; echo last) | cksum")
        #expect(try await shell("cksum <\"$1\"", scratch / "file") == whole)
    }

    @Test(.tries(.refusedSplice), arguments: engines)
    func `null`(engine: String) async throws {
        try await flood(engine, to: .bash("\"$@\" >/dev/null")).run().expectSuccess()
    }

    @Test(arguments: engines, ["unix", "tcp"])
    func `a socket`(engine: String, family: String) async throws {
        let wrapper = Words.onSocket(
            1, family, other: "cksum <&1 >\(scratch / "sum")")
        let ending = try await flood(engine, to: wrapper).run()
        try await expectFlood(scratch.text("sum"), ending)
    }

    @Test(arguments: engines)
    func `a terminal`(engine: String) async throws {
        let terminal = try Terminal()
        let session = Session(
            consumer: "-", remote: .sh("seq 20000; echo that is all"),
            options: ["--engine", engine], input: .terminal(terminal))
        let run = try session.start()
        try #require(await terminal.shows("that is all"))
        #expect(try await run.ending().status == 0)
        let lines = terminal.text.split(whereSeparator: \.isNewline)
        #expect(lines.dropLast().elementsEqual((1...20000).map { "\($0)" }, by: ==))
    }

    @Test(.tries(.refusedSplice, .fullDisk), arguments: engines)
    func `a full disk is our own error, and ends the remote command`(
        engine: String
    ) async throws {
        let session = Session(
            consumer: "-", remote: "yes", options: ["--engine", engine],
            wrapper: .bash("\"$@\" >/dev/full"))
        let ending = try await session.run(within: .seconds(20))
        #expect(ending.status == 125)
        #expect(
            ending.complaints.contains(
                "socketpipe: cannot write to standard output after 0 bytes: No space left on device"
            ))
    }

    @Test(arguments: ["\"$@\" >&-", "\"$@\" 1</dev/null"], engines)
    func `what cannot be written is our own error`(script: String, engine: String) async throws {
        let session = Session(
            consumer: "-", remote: "echo hi", options: ["--engine", engine],
            wrapper: .bash(script))
        let ending = try await session.run(within: .seconds(20))
        #expect(ending.status == 125)
        #expect(
            ending.complaints.contains(
                "socketpipe: cannot write to standard output: Bad file descriptor"))
    }

    @Test(arguments: engines, ThereEnd.allCases)
    func `a reader that leaves ends the session with 141`(
        engine: String, there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, consumer: "-", remote: "yes", options: ["--engine", engine],
            wrapper: .bash("\"$@\" | head -1; exit ${PIPESTATUS[0]}"))
        let ending = try await session.run(within: .seconds(20))
        #expect(ending.status == 141)
        #expect(ending.text == "y\n")
    }

    @Test(arguments: engines)
    func `a socket's reader that leaves while nothing comes is noticed`(
        engine: String
    ) async throws {
        let session = Session(
            consumer: "-", remote: .sh("echo y; sleep 1000"), options: ["--engine", engine],
            wrapper: .onSocket(1, "unix", other: "head -c 2 <&1 >/dev/null"))
        let ending = try await session.run(within: .seconds(20))
        #expect(ending.status == 141)
        #expect(ending.elapsed < .seconds(10))
    }

    @Test(arguments: engines)
    func `a reader that leaves while nothing comes does so, too`(engine: String) async throws {
        let session = Session(
            consumer: "-", remote: .sh("echo y; sleep 1000"), options: ["--engine", engine],
            wrapper: .bash("\"$@\" | head -1; exit ${PIPESTATUS[0]}"))
        let ending = try await session.run(within: .seconds(20))
        #expect(ending.status == 141)
        #expect(ending.elapsed < .seconds(10))
    }
}
