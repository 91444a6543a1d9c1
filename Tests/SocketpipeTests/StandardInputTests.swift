import Foundation
import Testing

/// `-i -`: our own standard input goes there, whatever it is.
@Suite(.gated) struct StandardInputTests {
    static let engines = ["auto", "splice", "ring", "ring-splice", "copy"]

    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: engines, ThereEnd.allCases)
    func `a pipe`(engine: String, there: ThereEnd) async throws {
        let made = "yes | head -c 5000000"
        try await Session.sum(engine, from: .bash("\(made) | \"$@\""), there: there).expectSum(
            of: made)
    }

    @Test(arguments: engines)
    func `a pipe whose writer comes late, and pauses`(engine: String) async throws {
        let made = "{ sleep .2; echo one; sleep .2; head -c 200000 /dev/zero; sleep .2; echo two; }"
        let late = """
            mkfifo "$0"; { exec >"$0"; \(made); } & "$@" <"$0"
            """
        try await Session.sum(engine, from: ["bash", "-c", late, scratch / "fifo"]).expectSum(
            of: made)
    }

    @Test(.tries(.refusedSplice), arguments: engines)
    func `null`(engine: String) async throws {
        try await Session.sum(engine, from: []).expectSum(of: ":")
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
        let session = Session.sum(engine, from: .onSocket(0, family, other: "exec >&0; \(made)"))
        try await session.expectSum(of: made)
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

extension Session {
    /// One that sends standard input to a remote command which prints the checksum of what it reads.
    static func sum(
        _ engine: String, from wrapper: Words, there: ThereEnd = .socketpipe
    ) -> Session {
        Session(
            there: there, producer: "-", remote: "cksum", options: ["--engine", engine],
            wrapper: wrapper)
    }

    func expectSum(
        of made: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let wanted = try await shell("\(made) | cksum")
        let ending = try await run(sourceLocation: sourceLocation)
        #expect(ending.status == 0, sourceLocation: sourceLocation)
        #expect(ending.text == wanted, sourceLocation: sourceLocation)
        #expect(ending.error.isEmpty, sourceLocation: sourceLocation)
    }
}
