import Foundation
import Testing

/// `-i -` where our standard input is a file: it is sent from where it stands to its end, whole or not
/// at all.
@Suite(.gated) struct FileInputTests {
    private static let engines = StandardInputTests.engines

    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: engines)
    func `a file, from where it stands to its end`(engine: String) async throws {
        let made = "yes | head -c 3000000"
        try await shell("\(made) > \"$1\"", scratch / "file")
        // Whoever reads the same open file afterwards finds it at its end.
        let offset = """
            head -c 4096 >/dev/null && \"$@\"; status=$?; head -c 5 >\(scratch / "rest"); exit $status
            """
        var session = Session.sum(engine, from: .bash(offset))
        session.input = .file(scratch / "file")
        try await session.expectSum(of: "\(made) | tail -c +4097")
        #expect(scratch.text("rest") == "")
    }

    /// What becomes of a file while a part of it is on its way.
    enum Change: String, CaseIterable {
        case cut = "truncate -s 1M"
        case cutAndGrown = "truncate -s 1M $0; truncate -s 2M"
        case grown = "truncate -s 65M"
    }

    @Test(
        arguments: Change.allCases,
        engines.map { ["--engine", $0] } + [["--checksum"], ["--buffer", "1M"]])
    func `a file that is cut while it is sent is no whole one; one that grows is sent to its end`(
        change: Change, options: [String]
    ) async throws {
        try await shell("truncate -s 64M $1", scratch / "file")
        let script = """
            "$@" <$0 & until [ -e $0.begun ]; do sleep .01; done
            \(change.rawValue) $0; >$0.changed; wait $!
            """
        let remote = """
            head -c 2M >/dev/null; >$1.begun; until [ -e $1.changed ]; do sleep .01; done
            cat | wc -c
            """
        let session = Session(
            producer: "-", remote: .sh(remote, scratch / "file"), options: Words(options),
            wrapper: ["bash", "-c", script, scratch / "file"])
        let ending = try await session.run()
        if change == .grown {
            #expect(ending.status == 0, "\(ending.testDescription)")
            #expect(ending.text == "\(63 << 20)\n")
        } else {
            #expect(ending.status == 125, "\(ending.testDescription)")
            #expect(ending.error.contains(#/ended after [0-9,]+ of its 67,108,864 bytes/#))
        }
    }

    @Test(arguments: engines, [[], ["--relay", "both"]])
    func `a reader that is killed while a file is sent ends the session`(
        engine: String, options: [String]
    ) async throws {
        try await shell("truncate -s 64M $1", scratch / "file")
        var session = Session.sum(engine, from: [])
        session.remote = .sh("head -c 100000 >/dev/null; kill -9 $$")
        session.options = session.options + Words(["--rate", "20M"] + options)
        session.input = .file(scratch / "file")
        #expect(try await session.run().status == 137)
    }

    @Test(arguments: engines, [[], ["--relay", "there"]])
    func `a file that is cut when it was sent has arrived, or is told`(
        engine: String, options: [String]
    ) async throws {
        // On one host what waits for the reader are the file's own pages.
        try await shell("head -c 100000 /dev/urandom >$1; cp $1 $1.sent", scratch / "file")
        let script = """
            "$@" <$0 & until [ -e $0.begun ]; do sleep .01; done
            sleep .2; truncate -s 2500 $0; >$0.changed; wait $!
            """
        let remote = """
            >$1.begun; until [ -e $1.changed ]; do sleep .01; done; cat >$1.got
            """
        let session = Session(
            producer: "-", remote: .sh(remote, scratch / "file"),
            options: Words(["--engine", engine] + options),
            wrapper: ["bash", "-c", script, scratch / "file"])
        let ending = try await session.run()
        let isSame = contents(of: scratch / "file.got") == contents(of: scratch / "file.sent")
        #expect(ending.status == 125 || isSame, "\(ending.testDescription)")
        let isTold = ending.error.contains("truncated")
        #expect(ending.status == 0 || isTold, "\(ending.testDescription)")
    }

    @Test(arguments: engines)
    func `a file that gives whole blocks alone is read, or told as such`(
        engine: String
    ) async throws {
        try await shell("seq 100000 >$1", scratch / "file")
        let ending = try await Session.sum(engine, from: .withDirectFile(0, scratch / "file")).run()
        #expect([0, 77, 125].contains(ending.status), "\(ending.testDescription)")
        if ending.status == 0 { #expect(ending.text == (try await shell("seq 100000 | cksum"))) }
        if ending.status == 125 { #expect(ending.error.contains("hint: it is open with O_DIRECT")) }
    }

    @Test(arguments: engines)
    func `a file of nothing`(engine: String) async throws {
        var session = Session.sum(engine, from: [])
        session.input = .file(try scratch.write("", to: "empty"))
        try await session.expectSum(of: ":")
    }

    @Test(.tries(.refusedSplice), arguments: engines)
    func `a file of proc, whose size says nothing`(engine: String) async throws {
        var session = Session.sum(engine, from: [])
        session.input = .file("/proc/kallsyms")
        try await session.expectSum(of: "cat /proc/kallsyms")
    }
}
