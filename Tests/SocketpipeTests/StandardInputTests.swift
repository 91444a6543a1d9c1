import Foundation
import Testing

/// `-i -`: our own standard input goes there, whatever it is.
@Suite(.gated) struct StandardInputTests {
    static let engines = ["auto", "splice", "ring", "ring-splice", "copy"]

    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A session whose remote command prints the checksum of what it reads.
    private func sum(_ engine: String, from wrapper: Words, there: ThereEnd = .socketpipe)
        -> Session
    {
        Session(
            there: there, producer: "-", remote: "cksum", options: ["--engine", engine],
            wrapper: wrapper)
    }

    private func expectSum(
        of made: String, _ session: Session, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let wanted = try await shell("\(made) | cksum")
        let ending = try await session.run(sourceLocation: sourceLocation)
        #expect(ending.status == 0, sourceLocation: sourceLocation)
        #expect(ending.text == wanted, sourceLocation: sourceLocation)
        #expect(ending.error.isEmpty, sourceLocation: sourceLocation)
    }

    @Test(arguments: engines, ThereEnd.allCases)
    func `a pipe`(engine: String, there: ThereEnd) async throws {
        let made = "yes | head -c 5000000"
        try await expectSum(
            of: made, sum(engine, from: .bash("\(made) | \"$@\""), there: there))
    }

    @Test(arguments: engines)
    func `a pipe whose writer comes late, and pauses`(engine: String) async throws {
        let made = "{ sleep .2; echo one; sleep .2; head -c 200000 /dev/zero; sleep .2; echo two; }"
        let late = """
            mkfifo "$0"; { exec >"$0"; \(made); } & "$@" <"$0"
            """
        try await expectSum(
            of: made, sum(engine, from: ["bash", "-c", late, scratch / "fifo"]))
    }

    @Test(arguments: engines)
    func `a file, from where it stands to its end`(engine: String) async throws {
        let made = "yes | head -c 3000000"
        try await shell("\(made) > \"$1\"", scratch / "file")
        // Whoever reads the same open file afterwards finds it at its end.
        let offset = """
            head -c 4096 >/dev/null && \"$@\"; status=$?; head -c 5 >\(scratch / "rest"); exit $status
            """
        var session = sum(engine, from: .bash(offset))
        session.input = .file(scratch / "file")
        try await expectSum(of: "\(made) | tail -c +4097", session)
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
        var session = sum(engine, from: [])
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
        let ending = try await sum(engine, from: .withDirectFile(0, scratch / "file")).run()
        #expect([0, 77, 125].contains(ending.status), "\(ending.testDescription)")
        if ending.status == 0 { #expect(ending.text == (try await shell("seq 100000 | cksum"))) }
        if ending.status == 125 { #expect(ending.error.contains("hint: it is open with O_DIRECT")) }
    }

    @Test(arguments: engines)
    func `a file of nothing`(engine: String) async throws {
        var session = sum(engine, from: [])
        session.input = .file(try scratch.write("", to: "empty"))
        try await expectSum(of: ":", session)
    }

    @Test(.tries(.refusedSplice), arguments: engines)
    func `a file of proc, whose size says nothing`(engine: String) async throws {
        var session = sum(engine, from: [])
        session.input = .file("/proc/kallsyms")
        try await expectSum(of: "cat /proc/kallsyms", session)
    }

    @Test(.tries(.refusedSplice), arguments: engines)
    func `null`(engine: String) async throws {
        try await expectSum(of: ":", sum(engine, from: []))
    }

    @Test(arguments: engines)
    func `a device that never ends`(engine: String) async throws {
        let session = Session(
            producer: "-", remote: "head -c 1000000",
            options: ["--engine", engine, "--allow-early-exit"], input: .file("/dev/zero"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.output == Data(count: 1_000_000))
    }

    @Test(arguments: engines, ["unix", "tcp"])
    func `a socket`(engine: String, family: String) async throws {
        let made = "yes | head -c 3000000"
        let session = sum(engine, from: .onSocket(0, family, other: "exec >&0; \(made)"))
        try await expectSum(of: made, session)
    }

    @Test(arguments: engines)
    func `a terminal`(engine: String) async throws {
        let terminal = try Terminal()
        let run = try Session(
            producer: "-", remote: "sed -u y/aeilno/AEILNO/", options: ["--engine", engine],
            input: .terminal(terminal)
        ).start()
        terminal.type("hello\n")
        try #require(await terminal.shows("hELLO"))
        terminal.type("again\n\u{4}")
        #expect(try await run.ending().status == 0)
        try #require(await terminal.shows("AgAIN"))
    }

    /// What cannot be read, and what is said of it.
    static let unreadable = [
        ("\"$@\" <&-", "Bad file descriptor"), ("\"$@\" </", "Is a directory"),
        ("\"$@\" 0>/dev/null", "Bad file descriptor"),
        // Only a read tells: nothing is at that address.
        ("\"$@\" </proc/$$/mem; exit $?", "Input/output error"),
    ]

    @Test(arguments: unreadable, engines)
    func `what cannot be read is our own error, and no clean end there`(
        input: (script: String, reason: String), engine: String
    ) async throws {
        let session = Session(
            producer: "-", remote: .sh("cat >/dev/null; echo $? >$1", scratch / "status"),
            options: ["--engine", engine], wrapper: .bash(input.script))
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(
            ending.complaints.first == "socketpipe: cannot read standard input: \(input.reason)")
        // It may be ended before it has come to say what it saw.
        #expect([nil, "", "1\n"].contains(scratch.text("status")))
    }

    @Test(arguments: engines)
    func `a remote command that leaves bytes unread ends us, though our input stays open`(
        engine: String
    ) async throws {
        let run = try Session(
            producer: "-", remote: "head -c 2", options: ["--engine", engine], input: .pipe
        ).start()
        run.write("one\ntwo\n")
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.status == 121)
        #expect(ending.text == "on")
    }

    @Test(arguments: engines, [false, true])
    func `a remote command that read everything may leave, if nothing more comes`(
        engine: String, comesMore: Bool
    ) async throws {
        let run = try Session(
            producer: "-", remote: .sh("head -c 4 >$1", scratch / "read"),
            options: ["--engine", engine], input: .pipe
        ).start()
        run.write("one\n")
        try #require(await eventually { scratch.text("read") == "one\n" })
        try #require(await eventually { run.mark.process { $0.first == "head" } == nil })
        if comesMore { run.write("two\n") }
        run.closeInput()
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.status == (comesMore ? 121 : 0))
    }

    @Test(arguments: engines)
    func `what our input's writer writes afterwards is refused, not swallowed`(
        engine: String
    ) async throws {
        let run = try Session(
            producer: "-", remote: "head -1", options: ["--engine", engine],
            wrapper: .bash(
                "yes | \"$@\"; echo ${PIPESTATUS[0]} >\(scratch / "writer"); exit ${PIPESTATUS[1]}")
        ).start()
        _ = try await run.ending(within: .seconds(20))
        #expect(scratch.text("writer") == "141\n")
    }
}

extension Words {
    /// Starts the words behind it with a file that passes whole blocks alone as descriptor 0 or 1,
    /// or ends with 77 where there is no such file.
    static func withDirectFile(_ number: Int, _ file: String) -> Words {
        let mode = number == 0 ? "O_RDONLY" : "O_WRONLY | O_CREAT"
        let script = """
            use Fcntl ':DEFAULT', 'O_DIRECT';
            sysopen my $file, shift, \(mode) | O_DIRECT, 0600 or exit 77;
            open \(number == 0 ? "STDIN, '<&'" : "STDOUT, '>&'"), $file; close $file; exec @ARGV
            """
        return ["perl", "-e", script, file]
    }

    /// Starts the words behind it with a socket, to a script for `bash`, as descriptor 0 or 1.
    ///
    /// - Parameter script: It has the socket's other end as the same descriptor.
    static func onSocket(_ number: Int, _ family: String, other script: String) -> Words {
        let source = """
            use Socket; my ($number, $family, $script) = splice @ARGV, 0, 3; my ($one, $two);
            if ($family eq 'unix') { socketpair $one, $two, AF_UNIX, SOCK_STREAM, 0 or die }
            else {
                socket my $all, AF_INET, SOCK_STREAM, 0 or die; listen $all, 1 or die;
                socket $one, AF_INET, SOCK_STREAM, 0 or die;
                connect $one, getsockname $all or die; accept $two, $all or die;
            }
            my $child = fork // die;
            my ($mine, $other) = $child ? ($one, $two) : ($two, $one);
            open STDIN, '<&', $mine or die if $number == 0;
            open STDOUT, '>&', $mine or die if $number == 1;
            close $mine; close $other; $^F = 2;
            exec 'bash', '-c', $script unless $child;
            my $status = system @ARGV; open STDIN, '<', '/dev/null'; open STDOUT, '>', '/dev/null';
            waitpid $child, 0; exit($status & 127 ? 128 + ($status & 127) : $status >> 8);
            """
        return ["perl", "-e", source, "\(number)", family, script]
    }
}
