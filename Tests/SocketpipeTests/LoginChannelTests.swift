import Foundation
import Testing

/// What a login does to the channel that goes through it: a terminal in it, silence, an early end.
@Suite(.gated, .withSSHServer) struct LoginChannelTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A producer that leaves a trace if it is started.
    private var traced: Words { .sh("touch \"$1\"; echo hi", scratch / "producer") }

    @Test(.tries(.terminalThere), .needsScript, arguments: Way.each)
    func `a terminal on the control channel is refused before the secret`(
        way: Way
    ) async throws {
        try await expectRefusal(of: .sh("exec script -qefc \"$*\" /dev/null"), way)
    }

    @Test(.tries(.terminalThere), .needsTerminalOfSSH, arguments: Way.each)
    func `a terminal of ssh on the control channel is refused before the secret`(
        way: Way
    ) async throws {
        let client = try SSHServer.ofSuite.folder / "client"
        try await expectRefusal(of: ["ssh", "-tt", "-F", client, "four"], way)
    }

    private func expectRefusal(of login: Words, _ way: Way) async throws {
        let tapped: Words = ["sh", "-c", "tee -a \"$0\" | \"$@\"", scratch / "control"]
        let session = Session(
            there: way.there, route: way.route, producer: traced, login: tapped + login,
            remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("-t"))
        #expect(!scratch.exists("producer"))
        #expect(scratch.text("control")?.contains("secret") != true)
    }

    @Test func `a login command that does not pass standard input on is told so`() async throws {
        let login = Words.sh("exec \"$@\" </dev/null")
        let ending = try await Session(producer: traced, login: login, remote: "cat").run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("-i"))
        #expect(!scratch.exists("producer"))
    }

    @Test(.tries(.stoppedLogin), arguments: ["-t 2", "-t 2 -b", "-t 3 --listen there"] as [Words])
    func `a login command that never says anything is bounded without a terminal`(
        options: Words
    ) async throws {
        let seconds = options.text.contains("-t 3") ? 12 : 8
        // One that would say back what it hears hears nothing.
        let login = options.text.contains("-b") ? "exec cat #" : "exec sleep 1000"
        try await Way.eachAtOnce { way in
            let session = Session(
                there: way.there, route: way.route, producer: traced,
                login: .sh(login), remote: "cat", options: options)
            let ending = try await session.run(within: .seconds(60))
            #expect(ending.status == 124)
            #expect(ending.complaints.contains { $0.contains("within \(seconds) s") })
            // Told after 10 s, or before that with the end.
            let isWaiting = ending.complaints.contains { $0.contains("still waiting") }
            #expect(isWaiting == (seconds > 10))
        }
        #expect(!scratch.exists("producer"))
    }

    // Having told where it listens, an end that alone does tells nothing more for 15 s.
    @Test(arguments: ["/^hello/{p;q}", "/^listening/q"])
    func `the control channel ending during the rendezvous is the end`(
        editing: String
    ) async throws {
        let login = Words.sh("\"$@\" | sed -nu '\(editing);p'")
        let session = Session(
            producer: traced, login: login, remote: "cat", options: "--listen there")
        let ending = try await session.run(within: .seconds(30))
        #expect(ending.status == 122)
        #expect(ending.elapsed < .seconds(10))
        #expect(!scratch.exists("producer"))
    }

    @Test func `a login that drops what it has not passed on tells the cause all the same`()
        async throws
    {
        // As exec streams of containers: it passes on late, and goes when the other end has gone.
        let dropping = """
            use POSIX ':sys_wait_h'; pipe my $in, my $out; my $child = fork;
            if (!$child) { open STDOUT, '>&', $out; close $in; exec @ARGV or die }
            close $out; $| = 1; my $gone = 0;
            while (1) {
                my $bits = ''; vec($bits, fileno $in, 1) = 1;
                next unless select(my $seen = $bits, undef, undef, 0.05);
                select undef, undef, undef, 0.2;
                exit 0 if waitpid($child, WNOHANG) > 0;
                sysread $in, my $bytes, 65536 or exit 0; syswrite STDOUT, $bytes;
            }
            """
        for there in ThereEnd.allCases {
            let session = Session(
                there: there, producer: "cat /dev/zero", login: ["perl", "-e", dropping],
                remote: "nosuchcommand")
            let ending = try await session.run()
            #expect(ending.status == 127, "\(ending)")
        }
    }
}

extension Trait where Self == ConditionTrait {
    static var needsScript: ConditionTrait {
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"),
            "script(1) is not installed")
    }

    /// Only root's sshd can give a terminal away whose group is not that of terminals.
    static var needsTerminalOfSSH: ConditionTrait {
        .enabled("sshd gives a user no terminal, for /dev/pts is mounted without gid=5") {
            guard !Program.isRoot else { return true }
            let terminal = try Terminal()
            let facts = try FileManager.default.attributesOfItem(atPath: terminal.path)
            return (facts[.groupOwnerAccountID] as? NSNumber)?.intValue == 5
        }
    }
}
