import Foundation
import Testing

/// What the command line accepts, and what it says about what it does not.
@Suite(.gated) struct CommandLineTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A wrong command line, and the word that the answer must name.
    struct WrongLine: CustomTestStringConvertible, Sendable {
        let text: String
        let named: String

        init(_ text: String, names named: String) {
            self.text = text
            self.named = named
        }

        var testDescription: String { text.isEmpty ? "(no words)" : text }
    }

    /// `LOGIN` stands for a login command that leaves a trace if it is started.
    static let wrongLines = [
        WrongLine("", names: "-i"),
        WrongLine("-i { echo -l { LOGIN } -r { cat }", names: "-i"),
        WrongLine("-i { echo } -l { LOGIN } -r { cat", names: "-r"),
        WrongLine("-i { echo } -l { LOGIN } -r {", names: "-r"),
        WrongLine("-i echo -l { LOGIN } -r { cat }", names: "echo"),
        WrongLine("-i { echo } -l { LOGIN } -r cat", names: "cat"),
        WrongLine("-i { echo } } -l { LOGIN } -r { cat }", names: "}"),
        WrongLine("-i { } -l { LOGIN } -r { cat }", names: "-i"),
        WrongLine("-i { echo } -o { } -l { LOGIN } -r { cat }", names: "-o"),
        WrongLine("-i { echo } -l { } -r { cat }", names: "-l"),
        WrongLine("-i { echo } -l { LOGIN } -r { }", names: "-r"),
        WrongLine("-i { echo } -l { LOGIN } -r { cat } --nosuch", names: "--nosuch"),
        WrongLine("-z -i { echo } -l { LOGIN } -r { cat }", names: "-z"),
        WrongLine("stray -i { echo } -l { LOGIN } -r { cat }", names: "stray"),
        WrongLine("-i { echo } stray -l { LOGIN } -r { cat }", names: "stray"),
        WrongLine("-i { echo } -l { LOGIN } -r { cat } stray", names: "stray"),
        WrongLine("-i { echo } -l { LOGIN } -r { cat } -h", names: "-h"),
        WrongLine("-i { echo } -l { LOGIN } -r { cat } -t", names: "-t"),
        WrongLine("-i { echo } -l { LOGIN } -r { cat } --port", names: "--port"),
        WrongLine("-i { echo } -l { LOGIN } -r { cat } --there", names: "--there"),
        WrongLine("-i { echo } -l { LOGIN } -r { cat } --report", names: "--report"),
        WrongLine("-i { echo } -l { LOGIN } -r", names: "-r"),
        WrongLine("-i { a } -i { b } -l { LOGIN } -r { cat }", names: "-i"),
        WrongLine("-o { a } -o { b } -l { LOGIN } -r { cat }", names: "-o"),
        WrongLine("-i { a } -l { LOGIN } -l { LOGIN } -r { cat }", names: "-l"),
        WrongLine("-i { a } -l { LOGIN } -r { cat } -r { cat }", names: "-r"),
        WrongLine("-t 1 -t 2 -i { a } -l { LOGIN } -r { cat }", names: "-t"),
        WrongLine("-h a -h b -i { a } -l { LOGIN } -r { cat }", names: "-h"),
        WrongLine("-b -b -i { a } -l { LOGIN } -r { cat }", names: "-b"),
        WrongLine("--port 1-2 --port 3-4 -i { a } -l { LOGIN } -r { cat }", names: "--port"),
        WrongLine("-l { LOGIN } -r { cat }", names: "-i"),
        WrongLine("-l { LOGIN } -r { cat }", names: "-o"),
        WrongLine("-i { echo } -r { cat }", names: "-l"),
        WrongLine("-i { echo } -l { LOGIN }", names: "-r"),
        WrongLine("-t soon -i { a } -l { LOGIN } -r { cat }", names: "soon"),
        WrongLine("-t -1 -i { a } -l { LOGIN } -r { cat }", names: "-t"),
        WrongLine("-t 99999999999999999999 -i { a } -l { LOGIN } -r { cat }", names: "9999999"),
        WrongLine("--stall never -i { a } -l { LOGIN } -r { cat }", names: "never"),
        WrongLine("--stall 0 -i { a } -l { LOGIN } -r { cat }", names: "--stall"),
        WrongLine("--mss big -i { a } -l { LOGIN } -r { cat }", names: "big"),
        WrongLine("--mss 0 -i { a } -l { LOGIN } -r { cat }", names: "--mss"),
        WrongLine("--port x -i { a } -l { LOGIN } -r { cat }", names: "x"),
        WrongLine("--port 9000-8000 -i { a } -l { LOGIN } -r { cat }", names: "9000-8000"),
        WrongLine("--port 70000-80000 -i { a } -l { LOGIN } -r { cat }", names: "70000"),
        WrongLine("--listen nowhere -i { a } -l { LOGIN } -r { cat }", names: "nowhere"),
    ]

    @Test(arguments: wrongLines)
    func `a wrong line is answered by a sentence and a hint, and starts nothing`(
        line: WrongLine
    ) async throws {
        let script = "#!/bin/sh\ntouch \"$0.ran\"\n"
        let login = try scratch.write(script, to: "login", executable: true)
        let words = Words(stringLiteral: line.text.replacingOccurrences(of: "LOGIN", with: login))
        let ending = try await Run([Program.here] + words).ending()
        #expect(ending.status == 125)
        #expect(ending.complaints.count == 2)
        #expect(ending.complaints.first?.contains(line.named) == true)
        #expect(ending.complaints.last?.hasPrefix("socketpipe: hint: ") == true)
        #expect(ending.complaints.last?.contains("--help") == true)
        #expect(ending.error.hasPrefix("socketpipe: "))
        #expect(ending.output.isEmpty)
        #expect(!scratch.exists("login.ran"))
    }

    /// The cure for a mistake that a newcomer makes.
    @Test(arguments: [
        WrongLine("-h", names: "help is --help"), WrongLine("-?", names: "help is --help"),
        WrongLine("", names: "-i { tar cf - /srv }"),
        WrongLine("-i {tar cf -} -l { env } -r { cat }", names: "a word of its own"),
        WrongLine("-i { tar cf -} -l { env } -r { cat }", names: "a space on both sides"),
        WrongLine("-l { env } -r { cat }", names: "-i - sends"),
        WrongLine("-i { true } -l ssh -r { cat }", names: "-l { ssh HOST }"),
        WrongLine("-i { true } -l { env } -r { cat } -relay there", names: "did you mean --relay?"),
        WrongLine("-l user host rsync --server -e.L . f", names: "-e 'socketpipe --rsh'"),
        WrongLine("--rsh", names: "--rsh backup1"),
        WrongLine("-x -oPermitLocalCommand=no -- lo scp -t .", names: "exec socketpipe --rsh"),
        WrongLine("--rate +5 -i { a } -l { env } -r { cat }", names: "as in --rate 20M"),
        WrongLine("--pad -i { a } -l { env } -r { cat }", names: "as in --record 256k --pad"),
        WrongLine("--start 5 -i { a } -l { env } -r { cat }", names: "as in --buffer 4G --start"),
        WrongLine("--port x -i { a } -l { env } -r { cat }", names: "as in --port 40000-40009"),
        WrongLine("-t x -i { a } -l { env } -r { cat }", names: "as in -t 60"),
        WrongLine("--report= -i { a } -l { env } -r { cat }", names: "as in --report run.json"),
        WrongLine("-verbose -i { a } -l { env } -r { cat }", names: "hint: --help"),
        WrongLine("--quiet --verbose -i { a } -l { env } -r { cat }", names: "hint: --help"),
    ])
    func `a mistake of writing is told its cure`(line: WrongLine) async throws {
        let ending = try await Run([Program.here] + Words(stringLiteral: line.text)).ending()
        #expect(ending.status == 125)
        #expect(ending.complaints.last?.contains(line.named) == true, "\(ending.error)")
        #expect(ending.complaints.last?.contains("--help") == true, "\(ending.error)")
    }

    /// As in other programs, 0 sets no limit.
    @Test(arguments: ["--rate 0", "--size 0", "--buffer 0", "--buffer 0 --start 50"])
    func `0 is none`(options: Words) async throws {
        let ending = try await Session(
            producer: "echo hi", remote: "cat", options: options
        ).run()
        #expect(ending.status == 0, "\(ending.error)")
        #expect(ending.text == "hi\n")
        #expect(ending.report?.flow("out")?.relayThere == nil)
    }

    /// What may be printed, and where that cannot be.
    @Test(
        arguments: [
            "--help", "--version", "--help-hidden", "--generate-completion-script bash",
            "--experimental-dump-help", "there --version",
        ] as [Words],
        [
            "exec \"$@\" >/dev/full",
            "(ulimit -f 0; exec \"$@\" >$0) 2>&1 | cat >&2; exit ${PIPESTATUS[0]}",
        ])
    func `what cannot be printed is our own error`(words: Words, script: String) async throws {
        let isThere = words.bytes.first == Array("there".utf8)
        let line = isThere ? [Program.remote, "--version"] : [Program.here] + words
        let ending = try await Run(["bash", "-c", script, scratch / "file"] + line).ending()
        #expect(ending.status == 125, "\(ending.testDescription)")
        let reason = script.contains("ulimit") ? "File too large" : "No space left on device"
        #expect(ending.complaints == ["socketpipe: cannot write to standard output: \(reason)"])
    }

    @Test(arguments: ["--nosuch", "-i { nosuch } -l { env } -r { cat }"] as [Words])
    func `a limit on files does not end us where errors go into one`(
        words: Words
    ) async throws {
        let script = "ulimit -f 0; exec \"$@\" 2>$0"
        let ending = try await Run(
            ["bash", "-c", script, scratch / "file", Program.here] + words
        ).ending()
        #expect([125, 127].contains(ending.status), "\(ending.testDescription)")
    }

    @Test func `--version prints one line`() async throws {
        let ending = try await Run([Program.here, "--version"]).ending()
        #expect(ending.status == 0)
        #expect(ending.text.hasPrefix("socketpipe "))
        #expect(ending.text.split(separator: "\n").count == 1)
        #expect(ending.error.isEmpty)
    }

    @Test func `--help names every option`() async throws {
        let ending = try await Run([Program.here, "--help"]).ending()
        #expect(ending.status == 0)
        let options = """
            -b -h -t -i -o -l -r --listen --port --there --mss --strict --allow-early-exit
            --relay --engine --checksum --rate --progress --size --report --verbose --quiet
            --dry-run --rsh --legacy --stall --version --help
            """.split(whereSeparator: \.isWhitespace)
        for option in options { #expect(ending.text.contains(option)) }
        #expect(ending.text.contains("HOW THE TWO ENDS MEET"), "grouped, as in the manual")
        let lines = ending.text.split(separator: "\n")
        for line in lines { #expect(line.count <= 80, "\(line)") }
        #expect(ending.error.isEmpty)
    }

    @Test func `the there-end alone tells its version, too`() async throws {
        let ending = try await Run([Program.remote, "--version"]).ending()
        #expect(ending.status == 0)
        #expect(ending.text.hasPrefix("socketpipe"))
    }

    @Test(arguments: ThereEnd.allCases)
    func `--dry-run logs in and meets but runs nothing`(there: ThereEnd) async throws {
        let session = Session(
            there: there, producer: ["touch", scratch / "producer"],
            remote: ["touch", scratch / "remote"], options: "--dry-run")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(!scratch.exists("producer"))
        #expect(!scratch.exists("remote"))
        #expect((ending.text + ending.error).contains("touch"))
    }

    @Test func `what --dry-run shows could be given to a shell`() async throws {
        let session = Session(
            producer: "-", remote: ["sh", "-c", "echo 'a  b' >$HOME", ""], options: "--dry-run")
        let ending = try await session.run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(ending.error.contains(#"would run remote: sh -c 'echo '\''a  b'\'' >$HOME' ''"#))
        #expect(ending.error.contains("would send standard input"))
    }

    /// The shell here takes `>`, and a backup would be on the wrong host without a word.
    @Test func `much that comes home over the login is told`() async throws {
        let remote = Words.sh("cat >/dev/null; head -c 2000000 /dev/zero")
        let home = try await Session(producer: "echo hi", remote: remote).run()
        #expect(home.status == 0)
        #expect(home.error.contains("'sh' wrote 2.00 MB that came back through the login"))
        #expect(home.error.contains("-o -"))
        try await Session(producer: "echo hi", consumer: "-", remote: remote).run().expectSuccess()
    }

    @Test func `a socket that cannot be opened by name gets its hint`() async throws {
        let ending = try await Session(producer: "echo hi", remote: "sort /dev/stdin").run()
        #expect(ending.status == 2, "\(ending.testDescription)")
        #expect(ending.error.contains("--relay there"))
        let relayed = try await Session(
            route: .relay(.there, .splice), producer: "echo hi", remote: "sort /dev/stdin"
        ).run()
        #expect(relayed.status == 0, "\(relayed.testDescription)")
    }

    @Test func `--quiet says nothing about a good run`() async throws {
        let session = Session(producer: "echo hi", remote: "cat", options: "--quiet")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "hi\n")
        #expect(ending.error.isEmpty)
    }

    @Test func `a good run says nothing unless it is asked`() async throws {
        let ending = try await Session(producer: "echo hi", remote: "cat").run()
        #expect(ending.error.isEmpty)
        let told = try await Session(
            producer: "echo hi", remote: "cat", options: "--verbose"
        ).run()
        #expect(!told.error.isEmpty)
        #expect(told.text == "hi\n")
    }

    @Test func `a report that cannot be written is our own error, before anything starts`()
        async throws
    {
        let session = Session(
            producer: ["touch", scratch / "producer"], remote: "cat")
        let line = session.line + ["--report", "/nonexistent/folder/report"]
        let ending = try await Run(line).ending()
        #expect(ending.status == 125)
        #expect(ending.error.contains("/nonexistent/folder/report"))
        #expect(!scratch.exists("producer"))
    }
}
