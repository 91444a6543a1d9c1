import Foundation
import Testing

/// The original C program, 1.10, at the other end; a stand-in of our own where it is not at hand.
@Suite(.gated) struct LegacyTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Who plays the original.
    enum Original: CaseIterable, CustomTestStringConvertible {
        case standIn, real

        var testDescription: String { "\(self)" }

        static var available: [Original] { Program.original == nil ? [.standIn] : allCases }
    }

    /// Connects, and gives the one socket to its command as standard input and output; or
    /// listens, has itself called by the login command, and gives the socket to its own commands.
    private static let standIn = """
        #!/usr/bin/perl
        use strict; use Socket;
        my ($s, %block);
        if (@ARGV && $ARGV[0] eq '-s') {
            my (undef, $host, $port, @words) = @ARGV;
            socket $s, PF_INET, SOCK_STREAM, 0;
            connect $s, sockaddr_in($port, inet_aton($host)) or die "connect: $!";
            open STDIN, '<&', $s; open STDOUT, '>&', $s; exec @words; exit 1;
        }
        my $host = '127.0.0.1';
        while (my $option = shift) {
            if ($option eq '-h') { $host = shift; next }
            $option =~ /^-[iolr]$/ && shift eq '{' or die "usage: socketpipe -i { } ...";
            my @words; while ((my $word = shift) ne '}') { push @words, $word }
            $block{$option} = \\@words;
        }
        socket my $l, PF_INET, SOCK_STREAM, 0; bind $l, sockaddr_in(0, INADDR_ANY); listen $l, 1;
        my ($port) = sockaddr_in(getsockname $l);
        if (!fork) {
            exec @{$block{-l}}, 'socketpipe', '-s', $host, $port, @{$block{-r}}; exit 1;
        }
        accept $s, $l;
        if ($block{-i} && !fork) { open STDOUT, '>&', $s; exec @{$block{-i}}; exit 1 }
        if ($block{-o} && !fork) { open STDIN, '<&', $s; exec @{$block{-o}}; exit 1 }
        close $s; 1 while wait > 0; exit 0;
        """

    private func path(_ original: Original) throws -> String {
        switch original {
        case .real: try #require(Program.original)
        case .standIn: try scratch.write(Self.standIn, to: "original", executable: true)
        }
    }

    @Test(arguments: Original.available)
    func `we send to the original`(original: Original) async throws {
        let session = Session(
            there: nil, producer: .sh("yes | head -c 3000000"),
            // It writes nothing back: the one socket has nobody here to read that.
            remote: ["dd", "of=\(scratch / "copy")", "status=none"],
            options: ["--legacy", "-h", "127.0.0.1", "--there", try path(original)])
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(contents(of: scratch / "copy")?.count == 3_000_000)
    }

    @Test func `a program that is not there cannot be pushed`() async throws {
        let session = Session(
            there: nil, producer: "echo hi", remote: "cat",
            options: ["--legacy", "-h", "127.0.0.1", "--there", scratch / "missing"])
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("missing' was not found on the other host"))
        #expect(ending.error.contains("--there") && !ending.error.contains("--push"))
    }

    @Test(arguments: [nil, "cat"] as [Words?])
    func `what a producer's child still writes reaches the original`(
        consumer: Words?
    ) async throws {
        let session = Session(
            there: nil, producer: .sh("{ sleep 1; echo late; } & echo early"), consumer: consumer,
            remote: ["dd", "of=\(scratch / "copy")", "status=none"],
            options: ["--legacy", "-h", "127.0.0.1", "--there", try path(.standIn)])
        #expect(try await session.run().status == 0)
        #expect(scratch.text("copy") == "early\nlate\n")
    }

    @Test func `a child of the producer that goes on is named, and ends with us`() async throws {
        let session = Session(
            there: nil, producer: .sh("sleep 60 & echo early"), remote: "cat",
            options: ["--legacy", "-h", "127.0.0.1", "--there", try path(.standIn)])
        let run = try session.start()
        let isNamed = try await eventually { run.errorSoFar.contains("waiting for process ") }
        #expect(isNamed, "\(run.errorSoFar)")
        run.send(SIGTERM)
        let ending = try await run.ending()
        #expect(ending.exit == .signal(SIGTERM))
        #expect(ending.elapsed < .seconds(20))
    }

    @Test(arguments: Original.available)
    func `we take from the original`(original: Original) async throws {
        let session = Session(
            there: nil, consumer: .sh("cksum"), remote: ["head", "-c", "3000000", "/dev/zero"],
            options: ["--legacy", "-h", "127.0.0.1", "--there", try path(original)])
        let ending = try await session.run()
        #expect(ending.status == 0)
        let sum = try await shell("head -c 3000000 /dev/zero | cksum")
        #expect(ending.text == sum)
    }

    @Test(arguments: Original.available)
    func `we pump both ways through the original`(original: Original) async throws {
        let session = Session(
            there: nil, producer: .sh("yes | head -c 3000000"), consumer: "cksum", remote: "cat",
            options: ["--legacy", "-h", "127.0.0.1", "--there", try path(original)])
        let ending = try await session.run()
        #expect(ending.status == 0)
        let sum = try await shell("yes | head -c 3000000 | cksum")
        #expect(ending.text == sum)
    }

    @Test(arguments: Original.available)
    func `a consumer that leaves ends what the original still sends`(
        original: Original
    ) async throws {
        let session = Session(
            there: nil, consumer: "head -1", remote: "yes",
            options: ["--legacy", "-h", "127.0.0.1", "--there", try path(original)])
        let ending = try await session.run(within: .seconds(20))
        #expect(ending.text == "y\n")
        #expect(ending.status != nil)
    }

    @Test func `one line says what --legacy does not promise`() async throws {
        let session = Session(
            there: nil, producer: "echo hi", remote: "cat",
            options: ["--legacy", "-h", "127.0.0.1", "--there", try path(.standIn)])
        let ending = try await session.run()
        #expect(ending.complaints.count == 1)
        #expect(ending.status == 0)
    }

    @Test func `a producer that fails is told, with the original, too`() async throws {
        let session = Session(
            there: nil, producer: .sh("echo hi; exit 3"), remote: "cat",
            options: ["--legacy", "-h", "127.0.0.1", "--there", try path(.standIn)])
        #expect(try await session.run().status == 3)
    }

    @Test func `an original that never connects is bounded`() async throws {
        let session = Session(
            there: nil, producer: "echo hi", remote: "cat",
            options: "--legacy -h 127.0.0.1 -t 2 --there sleep")
        let ending = try await session.run()
        #expect(ending.status != 0)
        #expect(ending.elapsed < .seconds(15))
    }

    @Test(.enabled(if: Program.original != nil, "SOCKETPIPE_ORIGINAL is not set"))
    func `the original in our place is recognised, and --legacy named`() async throws {
        let session = Session(
            there: nil, producer: ["touch", scratch / "producer"], remote: "cat",
            options: ["--there", try path(.real)])
        let ending = try await session.run()
        #expect(ending.status == 125 || ending.status == 255)
        #expect(ending.error.contains("--legacy"))
        #expect(!scratch.exists("producer"))
    }

    /// The words of the original's command line, whose other end finds us in PATH.
    private func line(_ original: Original, _ words: Words) throws -> Words {
        try FileManager.default.createDirectory(
            atPath: scratch / "bin", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: scratch / "bin/socketpipe", withDestinationPath: Program.here)
        return ["env", "PATH=\(scratch / "bin"):/usr/bin:/bin", try path(original)]
            + "-h 127.0.0.1" + words
    }

    @Test(arguments: Original.available)
    func `the original sends to us`(original: Original) async throws {
        let words = try line(
            original,
            "-i" + Words.sh("yes | head -c 3000000").braced + "-l { env }"
                + "-r" + Words(["dd", "of=\(scratch / "copy")", "status=none"]).braced)
        let ending = try await Run(words).ending()
        #expect(ending.status == 0)
        let copied = try await eventually { contents(of: scratch / "copy")?.count == 3_000_000 }
        #expect(copied)
    }

    @Test(arguments: Original.available)
    func `the original takes from us`(original: Original) async throws {
        let words = try line(
            original, "-o { cksum } -l { env } -r { head -c 3000000 /dev/zero }")
        let ending = try await Run(words).ending()
        let sum = try await shell("head -c 3000000 /dev/zero | cksum")
        #expect(ending.text == sum)
    }

    @Test func `-s with wrong words is our own error`() async throws {
        for words: Words in [
            "-s", "-s host", "-s host 1", "-s host port true", "-s host 70000 true",
        ] {
            let ending = try await Run([Program.here] + words).ending()
            #expect(ending.status == 125, "\(words.text)")
            #expect(ending.complaints.count == 1, "\(words.text)")
        }
    }
}
