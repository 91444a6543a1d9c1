import Foundation
import Testing

/// `--rsh` against ssh itself: the same line, the same output, the same status.
@Suite(.gated, .withSSHServer) struct RemoteShellComparisonTests {
    let scratch: Scratch
    let server: SSHServer

    init() throws {
        scratch = try Scratch()
        server = try SSHServer.ofSuite
    }

    /// Words that a shell there gets, some of them for that shell to read.
    private static let words = [
        "a", "''", "'two  words'", "\"$HOME\"", "$((6*7))", "a\\ b", "'*'", "~", "'é'", "-n", "--",
        "-l", "{", "}", "'\"'", "`echo sub`", "%s", "'\t'", "\\\\", "#", "'line\nbreak'", "-p",
        "socketpipe", "--remote-end", "\"$(cat)\"", "a=b", "!",
    ]
    private static let commands = [
        "printf '<%s>'", "echo", "cat; printf '[%s]'", "head -c 3; echo", "false ||  printf %s.",
        "exit 3; echo", "true; printf '%s\\n'", "wc -c; echo", "cd / && pwd; echo", "set --",
    ]
    private static let endings = [
        "", "; exit 7", "; exit 126", "; exit 127", "; exit 130", "; exit 192", "; exit 255",
        "; nosuchcommand", "; kill -TERM $$", "; kill -KILL $$", "; (sleep .2; echo late) &",
        "; sh -c 'kill -KILL $$'", "; '", "; /dev/null",
    ]
    private static let options: [[String]] = [
        [], ["-T"], ["-n"], ["-nT"], ["-x", "-4"], ["-o", "LogLevel=ERROR"], ["-oBatchMode=yes"],
        ["-a", "-oRequestTTY=no"],
    ]

    /// One line for either program, drawn at random.
    private func line(_ random: inout SeededGenerator) -> [String] {
        func one<Element>(of list: [Element]) -> Element { list.randomElement(using: &random)! }
        let before = one(of: Self.options)
        let count = Int.random(in: 0...4, using: &random)
        var command = one(of: Self.commands).split(separator: " ").map(String.init)
        for _ in 0..<count { command.append(one(of: Self.words)) }
        command.append(one(of: Self.endings))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return before + ["--", "four"] + command
        case 1: return ["-T", "four"] + before + ["--"] + command
        case 2: return before + ["four", command.joined(separator: " ")]
        default: return before + ["four"] + command
        }
    }

    private func compare(_ line: [String], _ there: ThereEnd, _ seed: Comment) async throws {
        let input = Input.file(scratch / "input")
        let words = Words(["-F", server.folder / "client"] + line)
        let theirs = try await Run(["ssh"] + words, input: input).ending()
        let face: Words = [Program.here, "--there", there.path, "--rsh"]
        let ours = try await Run(face + words, input: input).ending()
        let told: Comment = "\(line) \(ours.testDescription) \(theirs.testDescription) \(seed)"
        #expect(ours.text == theirs.text, told)
        #expect(ours.exit == theirs.exit, told)
    }

    @Test(arguments: ThereEnd.allCases, 0..<5)
    func `lines drawn at random give what ssh gives`(there: ThereEnd, part: Int) async throws {
        try scratch.write("one\ntwo\n", to: "input")
        var random = SeededGenerator()
        for _ in 0..<Program.rounds(default: 12) {
            try await compare(line(&random), there, random.comment)
        }
    }

    @Test(arguments: [
        ["four"], ["four", ""], ["-s", "four", "nosuch"],
        ["-N", "-o", "ExitOnForwardFailure=yes", "x:y"],
        ["-Z", "four", "true"], ["-W", "127.0.0.1:1", "four"], ["-O", "check", "four"],
        ["-oRemoteCommand=exit 4", "four"], ["-oRemoteCommand=exit 4", "four", "exit 5"],
        ["-Q", "key"], ["-P", "four", "echo", "done"], ["-oStdinNull=yes", "four", "cat;", "echo"],
        ["-oSessionType=none", "-G", "four"],
    ])
    func `what is for ssh alone is left to it`(line: [String]) async throws {
        try scratch.write("echo one\n", to: "input")
        try await compare(line, .socketpipe, "")
    }

    @Test func `a host that looks like an option never gets there`() async throws {
        let option = "-oProxyCommand=touch \(scratch / "made")"
        for host in [option, "user@\(option)"] {
            let line: Words = [Program.here, "--rsh", "--", host, "true"]
            let ending = try await Run(line).ending()
            #expect(ending.status == 125, "\(ending.testDescription)")
            #expect(ending.error.contains("begins with '-'"))
        }
        #expect(!scratch.exists("made"))
    }

    @Test func `sftp gets its subsystem`() async throws {
        let sftp = "/usr/bin/sftp"
        try #require(FileManager.default.isExecutableFile(atPath: sftp))
        try scratch.write("some\n", to: "file")
        try await SSHServer.running("Subsystem sftp internal-sftp") { server in
            let wrapper = try scratch.write(
                "#!/bin/sh\nexec \(Program.here) --rsh \"$@\"\n", to: "wrapper", executable: true)
            let ending = try await Run([
                "sh", "-c",
                "echo 'get \(scratch / "file") \(scratch / "got")' | "
                    + "\(sftp) -S \(wrapper) -F \(server.folder / "client") -b - four",
            ]).ending()
            #expect(ending.status == 0, "\(ending.testDescription)")
            #expect(scratch.text("got") == "some\n")
        }
    }

    /// A shell that reports 127 has ended in order: what it wrote is whole.
    @Test(arguments: ThereEnd.allCases, [126, 127, 130, 192])
    func `output is delivered whatever the status says`(
        there: ThereEnd, status: Int
    ) async throws {
        for route in [Route.handOff, .relay(.there, .splice)] {
            let session = Session(
                there: there, route: route, consumer: "-", login: server.login,
                remote: .sh("seq 20000; exit \(status)"))
            let ending = try await session.run()
            #expect(ending.status == Int32(status), "\(ending.testDescription)")
            #expect(ending.text.hasSuffix("\n20000\n"))
            #expect(ending.report?.flow("back")?.complete == true)
        }
        let killed = try await Session(
            there: there, consumer: "-", remote: .sh("seq 20000; kill -9 $$")
        ).run()
        #expect(killed.status == 137, "\(killed.testDescription)")
        #expect(killed.text.hasSuffix("\n20000\n"))
    }

    /// A command that reads must not take it for complete.
    @Test(arguments: [127, 137])
    func `a command that reads still gets an error`(status: Int) async throws {
        let ending = try await Session(
            consumer: .sh("cat >/dev/null; echo $? >\(scratch / "read")"),
            remote: .sh("seq 20000; exit \(status)")
        ).run()
        #expect(ending.status == Int32(status), "\(ending.testDescription)")
        #expect(scratch.text("read") != "0\n")
    }
}
