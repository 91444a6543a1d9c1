import Foundation
import Testing

/// Control lines that are changed on their way neither crash an end, nor make it lie, nor make it
/// give the secret away.
@Suite(.gated) struct HostilePeerTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What a shell tells of SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE and SIGSEGV.
    private static let crashes: Set<Int> = [132, 133, 134, 135, 136, 139]

    private func expectNoCrash(
        _ ending: Ending, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let status = scratch.text("status").flatMap { Int($0.dropLast()) }
        #expect(
            status.map { !Self.crashes.contains($0) } ?? true, "\(ending.testDescription)",
            sourceLocation: sourceLocation)
        #expect(
            ending.status != nil, "\(ending.testDescription)", sourceLocation: sourceLocation)
        #expect(!ending.error.contains("Fatal error"), sourceLocation: sourceLocation)
        #expect(
            scratch.text("before") != scratch.text("after"), "the edit did nothing",
            sourceLocation: sourceLocation)
    }

    @Test(arguments: ["signal=128", "signal=0", "status=256", "status=-1"], ThereEnd.allCases)
    func `an end that cannot be is never a success`(end: String, there: ThereEnd) async throws {
        let session = Session(
            there: there, producer: "echo hi",
            login: scratch.login(editing: "s/^ended status=[0-9]*/ended \(end)/", towards: .here),
            remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 125)
        expectNoCrash(ending)
    }

    @Test(arguments: [("here", 1), ("auto", 1), ("auto", 100)])
    func `an end that was not asked to listen there does not make us call`(
        listen: String, count: Int
    ) async throws {
        let endpoints = String(repeating: " endpoint=127.0.0.1:9", count: count)
        // The line is on its way before the stream can end.
        let late = "until grep -qs ^listening \(scratch / "after"); do sleep .02; done; echo hi"
        let session = Session(
            producer: .sh(late),
            login: scratch.login(editing: "s/^listening.*/listening\(endpoints)/", towards: .here),
            remote: "cat", options: ["--listen", listen])
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("listening"), "\(ending.testDescription)")
        expectNoCrash(ending)
    }

    @Test(
        arguments: [
            "s/^invite .*/& mss=9999999999/", "s/^invite .*/& mss=9223372036854775807/",
            "s/^\\(run .*credit=\\)[0-9]*/\\19223372036854775807/",
            "s/^credit bytes=.*/credit bytes=9223372036854775807/",
        ], ThereEnd.allCases)
    func `a number that is far too large for the other end crashes nothing`(
        edit: String, there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, producer: "true", login: scratch.login(editing: edit, towards: .there),
            remote: .sh("yes | head -c 2000000"))
        let ending = try await session.run()
        expectNoCrash(ending)
        #expect(ending.status == 125 || ending.status == 0 && ending.output.count == 2_000_000)
    }

    /// Where a flow's bytes are between the lines an edit would not find those.
    @Test(arguments: Way.direct)
    func `counts that lie are never a success`(way: Way) async throws {
        let lies = [
            ("flow=out .*bytes=", 4), ("flow=out .*bytes=", 6), ("flow=out .*bytes=", 0),
            ("flow=back .*bytes=", 4), ("flow=back .*bytes=", 6), ("flow=out .*unread=", 1),
        ]
        for (name, number) in lies {
            let session = Session(
                there: way.there, route: way.route, producer: "printf 12345",
                consumer: .sh("cat >/dev/null"),
                login: scratch.login(
                    editing: "s/^\\(counts \(name)\\)[0-9]*/\\1\(number)/", towards: .here),
                remote: "cat")
            let ending = try await session.run()
            expectNoCrash(ending)
            #expect(ending.status != 0, "\(name)\(number)")
        }
    }

    @Test(
        arguments: [
            ("s/^started.*/&\\noutput bytes=4\\nabc/", "output"),
            ("s/^listening.*/&\\n&/", "listening"), ("s/^ended.*/&\\n&/", "ended"),
            // Of one flow twice, and of the other never.
            ("/^counts flow=back/d;s/^counts flow=out.*/&\\n&/", "counts"),
        ], ThereEnd.allCases)
    func `a message that is not its turn ends the session`(
        message: (edit: String, verb: String), there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, producer: "echo hi", consumer: "-",
            login: scratch.login(editing: message.edit, towards: .here), remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("unexpected message '\(message.verb)'"))
        #expect(!ending.text.contains("abc"))
        expectNoCrash(ending)
    }

    // The counters of a connection that we reset ourselves are zero, less the admission.
    @Test(arguments: ThereEnd.allCases)
    func `counts far too large of a flow that was said to be broken crash nothing`(
        there: ThereEnd
    ) async throws {
        let lie = "counts flow=back ending=finished bytes=9223372036854775807 unread=0 padding=0"
        let run = try Session(
            there: there, consumer: "cat",
            login: scratch.login(
                editing: "s/^started.*/&\\nbroken flow=back/;s/^counts flow=back.*/\(lie)/"
                    + ";s/^ended.*/ended status=0 intact=yes/", towards: .here),
            remote: .sh("echo hi; exec sleep 3"), options: "--relay here"
        ).start()
        let ending = try await run.ending()
        expectNoCrash(ending)
        #expect(ending.status != 0)
        #expect(ending.report?.flow("back")?.bytesReceived == 3, "\(run.reportText ?? "")")
        #expect(!ending.error.contains("-"), "\(ending.testDescription)")
    }

    /// Escape, carriage return, the one-byte escape sequence of 8-bit terminals, a bell.
    private static let raw = "%1b[2J%0d%9b31m%07"

    @Test(
        arguments: [
            "s/\\(^hello .*program=\\)[^ ]*/\\1\(raw)/", "s/\\(^hello .*kernel=\\)[^ ]*/\\1\(raw)/",
            "s/\\(^hello .*\\)protocol=[^ ]*\\(.*program=\\)[^ ]*/\\1protocol=98-99\\2\(raw)/",
            "s/^started.*/failed cause=protocol detail=\(raw)/",
            "s/^started.*/failed cause=resources detail=\(raw)/",
            "s/^started.*/failed cause=\(raw)/",
            "s/^started.*/\(raw) x=y/", "s/^started.*/started pid=\(raw)/",
            "s/^started.*/\\x1b[2J\\r\\x9b31m/", "s/^\\(counts .*engine=\\)[^ ]*/\\1\(raw)/",
        ], ThereEnd.allCases)
    func `control characters of the other end are never printed raw`(
        edit: String, there: ThereEnd
    ) async throws {
        let run = try Session(
            there: there, route: .relay(.both, .copy), producer: "echo hi",
            login: scratch.login(editing: edit, towards: .here), remote: "cat", options: "--verbose"
        ).start()
        let ending = try await run.ending()
        expectNoCrash(ending)
        let told = ending.error + (run.reportText ?? "")
        let raw = told.unicodeScalars.filter {
            $0.value < 0x20 && $0 != "\n" || (0x7f..<0xa0).contains($0.value)
        }
        #expect(raw.isEmpty, "\(ending)")
    }

    @Test(arguments: ["mss", "bytes", "unread", "rtt", "busy"], ThereEnd.allCases)
    func `a number that is far too large for our end crashes nothing`(
        name: String, there: ThereEnd
    ) async throws {
        let edit = "s/^\\(counts .*\\) \(name)=[0-9]*/\\1 \(name)=9223372036854775807/"
        let session = Session(
            there: there, producer: "echo hi", login: scratch.login(editing: edit, towards: .here),
            remote: "cat", options: "--verbose")
        let ending = try await session.run()
        expectNoCrash(ending)
        // What is only told may be wrong; what the verdict is made of may not.
        if ["bytes", "unread"].contains(name) { #expect(ending.status != 0) }
    }

    @Test(
        arguments: [
            "s/^invite/nvite/", "s/^invite /invite_/", "s/^invite /invite/", "s/ secret=/_/",
            "s/ secret=/ /", "s/ secret=/\\n/", "s/ secret=/ secret=\\n/", "s/^invite.*secret=//",
            "s/\\( secret=.\\{20\\}\\)/\\1\\n/", "s/\\( secret=.\\{20\\}\\)/\\1 /",
            "s/\\( secret=.\\{20\\}\\)./\\1g/",
        ], ThereEnd.allCases)
    func `a damaged invitation does not give the secret away`(
        edit: String, there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, producer: ["touch", scratch / "producer"],
            login: scratch.login(editing: edit, towards: .there), remote: "cat",
            options: "--verbose")
        let ending = try await session.run()
        #expect(ending.status == 125)
        expectNoCrash(ending)
        let sent = try #require(scratch.text("before"))
        let secret = try #require(sent.firstMatch(of: /secret=([0-9a-f]{16,})/)).1
        let said = (ending.error + (ending.report?.sentence ?? "")).lowercased()
        #expect(!said.isEmpty)
        #expect(!pieces(of: String(secret)).contains { said.contains($0) }, "\(said)")
        #expect(!scratch.exists("producer"))
    }

    /// Every 8 digits that stand together.
    private func pieces(of secret: String) -> [String] {
        let digits = Array(secret)
        return (0...(digits.count - 8)).map { String(digits[$0..<($0 + 8)]) }
    }
}
