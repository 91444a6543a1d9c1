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
        WrongLine("--reconnect 0 -i { a } -l { LOGIN } -r { cat }", names: "from 1 to 2592000"),
        WrongLine("--reconnect 2592001 -i { a } -l { LOGIN } -r { b }", names: "--reconnect"),
        WrongLine("--reconnect 1h -i { a } -l { LOGIN } -r { cat }", names: "1h"),
        WrongLine("--reconnect 9 --legacy -i { a } -l { LOGIN } -r { b }", names: "--reconnect"),
        WrongLine("--reconnect 9 --measure -l { LOGIN }", names: "leave out --reconnect"),
        WrongLine("--reconnect 9 --relay here -i { a } -l { LOGIN } -r { b }", names: "use both"),
        WrongLine("--reconnect 9 --relay there -i { a } -l { LOGIN } -r { b }", names: "--relay"),
        WrongLine("--reconnect 9 --engine ring -i { a } -l { LOGIN } -r { b }", names: "io_uring"),
        WrongLine(
            "--reconnect 9 --engine ring-splice -i { a } -l { LOGIN } -r { b }", names: "or copy"),
        WrongLine("--reconnect 9 --to /dev/null", names: "--reconnect is for a session"),
        WrongLine("--mss big -i { a } -l { LOGIN } -r { cat }", names: "big"),
        WrongLine("--mss 0 -i { a } -l { LOGIN } -r { cat }", names: "--mss"),
        WrongLine("--port x -i { a } -l { LOGIN } -r { cat }", names: "x"),
        WrongLine("--port 9000-8000 -i { a } -l { LOGIN } -r { cat }", names: "9000-8000"),
        WrongLine("--port 70000-80000 -i { a } -l { LOGIN } -r { cat }", names: "70000"),
        WrongLine("--listen nowhere -i { a } -l { LOGIN } -r { cat }", names: "nowhere"),
        WrongLine("--listen there -h a -i { a } -l { LOGIN } -r { cat }", names: "-h is where"),
        WrongLine("--listen here --address a -i { a } -l { LOGIN } -r { b }", names: "--address"),
        WrongLine("--encrypt --legacy -i { a } -l { LOGIN } -r { cat }", names: "--encrypt"),
        WrongLine("--encrypt --checksum -i { a } -l { LOGIN } -r { b }", names: "every record"),
        WrongLine("--encrypt --engine ring -i { a } -l { LOGIN } -r { b }", names: "--engine"),
        WrongLine("--encrypt --engine splice -i { a } -l { LOGIN } -r { b }", names: "--engine"),
        WrongLine("--encrypt --engine ring-splice -i { a } -l { LOGIN } -r { b }", names: "copy"),
        WrongLine("--network lo -h a -i { a } -l { LOGIN } -r { cat }", names: "leave out -h"),
        WrongLine("--network lo --address a -i { a } -l { LOGIN } -r { b }", names: "--network"),
        WrongLine("--network 10.0.0.0/33 -i { a } -l { LOGIN } -r { cat }", names: "10.0.0.0/33"),
        WrongLine("--network 10.0.0.1 -i { a } -l { LOGIN } -r { cat }", names: "10.0.0.1"),
        WrongLine("--address a:b -i { a } -l { LOGIN } -r { cat }", names: "a:b"),
        WrongLine("--address :5 -i { a } -l { LOGIN } -r { cat }", names: "HOST:LOW-HIGH"),
        WrongLine("--address a:b:5 -i { a } -l { LOGIN } -r { cat }", names: "a:b:5"),
        WrongLine("--address [a]:5 -i { a } -l { LOGIN } -r { cat }", names: "[a]:5"),
        WrongLine("--address a:1-9 --port 1-8 -i { a } -l { LOGIN } -r { b }", names: "as many"),
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
}
