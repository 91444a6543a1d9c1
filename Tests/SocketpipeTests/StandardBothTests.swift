import Foundation
import Testing

/// `-i - -o -`: socketpipe as one stage of a pipeline, and a good guest on what it was given.
@Suite(.gated) struct StandardBothTests {
    static let engines = StandardInputTests.engines

    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: engines, ThereEnd.allCases)
    func `a dialogue of small messages goes back and forth`(
        engine: String, there: ThereEnd
    ) async throws {
        let asking = """
            use IPC::Open2; my $pid = open2(my $from, my $to, @ARGV);
            for my $n (1 .. 300) {
                my ($said, $heard) = ("message $n\\n" x (1 + $n % 7), '');
                syswrite $to, $said;
                sysread $from, $heard, 9999, length $heard or die 'too little'
                    while length $heard < length $said;
                die 'other words' if $said ne $heard;
            }
            close $to; sysread $from, my $rest, 1 and die 'too much';
            waitpid $pid, 0; exit $? >> 8;
            """
        let session = Session(
            there: there, producer: "-", consumer: "-", remote: "cat",
            options: ["--engine", engine], wrapper: ["perl", "-e", asking])
        try await session.run().expectSuccess()
    }

    @Test(arguments: [
        ("", "1048576 1048576"), ("--keep-pipes", "65536 65536"),
        ("--engine copy", "65536 1048576"), ("--encrypt", "65536 1048576"),
    ])
    func `the pipes that we were given grow, unless they must not`(
        options: String, sizes: String
    ) async throws {
        let asking = """
            set -o pipefail
            head -c 500000 /dev/zero | {
                "$@"; status=$?
                perl -e 'print STDERR join " ", map fcntl($_, 1032, 0), STDIN, STDOUT'
                exit $status
            } | cat >/dev/null
            """
        let session = Session(
            producer: "-", consumer: "-", remote: "cat", options: Words(stringLiteral: options),
            wrapper: .bash(asking))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.error == sizes)
    }

    @Test(arguments: engines, ThereEnd.allCases)
    func `a two-way pump does not jam`(engine: String, there: ThereEnd) async throws {
        let made = "yes | head -c \(Program.runsLong ? "1G" : "64M")"
        let session = Session(
            there: there, producer: "-", consumer: "-", remote: "cat",
            options: ["--engine", engine],
            wrapper: .bash("{ \(made); } | \"$@\" | cksum; exit ${PIPESTATUS[1]}"))
        let ending = try await session.run(within: .seconds(90))
        ending.expectSuccess()
        #expect(try await shell("\(made) | cksum") == ending.text)
    }

    @Test func `the end of our input leaves our output open`() async throws {
        let session = Session(
            producer: "-", consumer: "-", remote: .sh("cat; sleep .3; echo late"),
            wrapper: .bash("set -o pipefail; echo early | \"$@\" | cat"))
        let ending = try await session.run()
        ending.expectSuccess()
        #expect(ending.text == "early\nlate\n")
    }

    /// What a caller may give us.
    static let places = [
        "{ echo hello; until [ -e \"$FILE.go\" ]; do sleep .02; done; } | guest \"$@\" | cat",
        "guest \"$@\" <\"$FILE\" >\"$FILE.out\"",
        "guest \"$@\" </dev/zero >>\"$FILE\"", "guest \"$@\" <\"$TERMINAL\" >\"$TERMINAL\"",
    ]

    /// It shares the open files with us, and looks at them before, while and after we use them.
    private static let guest = """
        sub flags { my $file = shift; map { fcntl($file, $_, 0) // 'none' } 3, 1032 }
        sub look { join ' ', flags(*STDIN), flags(*STDOUT) }
        my @seen = look; my $pid = fork // die; exec @ARGV unless $pid;
        select undef, undef, undef, 0.02 until -e "$ENV{FILE}.moving";
        push @seen, look; open my $go, '>', "$ENV{FILE}.go"; waitpid $pid, 0; my $status = $? >> 8;
        print STDERR "$_\\n" for @seen, look; exit $status;
        """

    @Test(arguments: places, engines)
    func `nothing of what we were given changes but the size of a pipe`(
        place: String, engine: String
    ) async throws {
        let terminal = try Terminal()
        let file = try scratch.write("hello\n", to: "file")
        let session = Session(
            producer: "-", consumer: "-",
            remote: .sh("head -c 2; : >$1.moving; until [ -e $1.go ]; do sleep .02; done", file),
            options: ["--engine", engine, "--allow-early-exit"],
            wrapper: .bash(
                "set -o pipefail; guest() { perl -e \"$GUEST\" \"$@\"; }; \(place)"),
            environment: ["FILE": file, "TERMINAL": terminal.path, "GUEST": Self.guest])
        let run = try session.start()
        terminal.type("hello\n")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        let seen = ending.error.replacing("1048576", with: "65536").split(separator: "\n")
        #expect(seen.count == 3, "\(ending.error)")
        #expect(Set(seen).count == 1, "\(ending.error)")
    }
}
