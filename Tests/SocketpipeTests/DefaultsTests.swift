import Foundation
import Testing

/// Options from the user's file and from `SOCKETPIPE_OPTIONS`.
@Suite(.gated) struct DefaultsTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A session whose there-end is found only by an option from elsewhere.
    private func session(
        file: String? = nil, variable: String? = nil, login: Words = "env", options: Words = []
    ) throws -> Session {
        if let file {
            let folder = scratch / "socketpipe"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try scratch.write(file, to: "socketpipe/config")
            unsafe chmod(scratch / "socketpipe/config", 0o644)
        }
        var environment = ["XDG_CONFIG_HOME": scratch.path]
        if let variable { environment["SOCKETPIPE_OPTIONS"] = variable }
        return Session(
            there: nil, producer: .sh("touch \"$1\"; echo hi", scratch / "ran"), login: login,
            remote: "cat", options: options, environment: environment)
    }

    private var there: String { "--there \(Program.here)" }

    private func expectRefusal(
        _ session: Session, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)", sourceLocation: sourceLocation)
        for part in words {
            #expect(
                ending.error.contains(part), "\(ending.testDescription)",
                sourceLocation: sourceLocation)
        }
        #expect(!scratch.exists("ran"), sourceLocation: sourceLocation)
    }

    @Test func `what comes later wins: the file from top to bottom, the variable, the line`()
        async throws
    {
        let file = """
            # for all hosts
            --timeout 11
            --verbose
            [other]
            --nonsense
            [env web*]
            --timeout 12
            --push
            \(there)
            --mss 1000
            """
        let cases: [(variable: String?, options: Words, said: String)] = [
            (nil, [], "config: --verbose --timeout=12 --there=\(Program.here) --mss=1000"),
            (
                "-t 13 --mss=1100", [],
                "config: --verbose --there=\(Program.here)\nSOCKETPIPE_OPTIONS: -t 13 --mss=1100"
            ),
            (
                "-t 13 --mss=1100", "--timeout 14 --mss 1200",
                "config: --verbose --there=\(Program.here)"
            ),
        ]
        for (variable, options, said) in cases {
            let ending = try await session(file: file, variable: variable, options: options).run()
            #expect(ending.status == 0, "\(ending.testDescription)")
            let told = ending.complaints.filter { $0.hasPrefix("socketpipe: options from ") }
            #expect(told.count == said.split(separator: "\n").count, "\(told)")
            for (line, end) in zip(told, said.split(separator: "\n")) {
                #expect(line.hasSuffix(end), "\(line)")
            }
        }
    }

    @Test func `a dry run tells what came from where`() async throws {
        let ending = try await session(variable: there, options: "--dry-run").run()
        #expect(ending.status == 0)
        #expect(
            ending.error.contains("options from SOCKETPIPE_OPTIONS: --there=\(Program.here)\n"))
    }

    @Test(
        arguments: [
            ("--push\n--prot 1", "line 2 of ", "unknown option '--prot'"),
            ("[*]\n\n--port x", "line 3 of ", "expected LOW-HIGH"),
            ("--push yes", "line 1 of ", "--push"), ("--port", "line 1 of ", "--port"),
            ("--dry-run", "line 1 of ", "--dry-run belongs on the command line"),
            ("--version", "line 1 of ", "--version belongs on the command line"),
            ("--rsh", "line 1 of ", "--rsh belongs on the command line"),
            ("--no-config", "line 1 of ", "--no-config"), ("push", "line 1 of ", "found 'push'"),
            ("--legacy\n--checksum", "--checksum does not work with --legacy", "--no-config"),
            ("--pu\u{1b}[31msh", "line 1 of ", "unknown option '--pu\\x1b[31msh'"),
            ("--port \u{7}", "line 1 of ", "\\x07"),
        ])
    func `an error names the file and the line`(file: String, place: String, what: String)
        async throws
    {
        try await expectRefusal(
            try session(file: file), place, what, scratch / "socketpipe/config", "--no-config")
    }

    @Test func `an error in the variable names it`() async throws {
        try await expectRefusal(
            try session(variable: "x"), "SOCKETPIPE_OPTIONS: expected an option")
        try await expectRefusal(try session(variable: "--por 1"), "SOCKETPIPE_OPTIONS: unknown")
    }

    @Test(arguments: [0o664, 0o646])
    func `a file that others may write is refused`(mode: mode_t) async throws {
        let session = try session(file: there)
        unsafe chmod(scratch / "socketpipe/config", mode)
        try await expectRefusal(session, "others than its owner may write", "go-w")
    }

    @Test(.needsRoot) func `a file of another user is refused`() async throws {
        let session = try session(file: there)
        unsafe chown(scratch / "socketpipe/config", 65534, 65534)
        try await expectRefusal(session, "belongs to user 65534", "--no-config")
    }

    @Test func `what is no file is refused without waiting, and a missing one is none`()
        async throws
    {
        let session = try session(file: "--bad")
        try FileManager.default.removeItem(atPath: scratch / "socketpipe/config")
        unsafe mkfifo(scratch / "socketpipe/config", 0o600)
        try await expectRefusal(session, "cannot read the options in", "it is no regular file")
        try FileManager.default.removeItem(atPath: scratch / "socketpipe/config")
        unsafe symlink("/dev/null", scratch / "socketpipe/config")
        try await self.session(variable: there).run().expectSuccess()
        try FileManager.default.removeItem(atPath: scratch / "socketpipe")
        try scratch.write("", to: "socketpipe")
        let other = try self.session(variable: there)
        try await other.run().expectSuccess()
    }

    @Test func `--no-config goes without both, and in the variable without the file`() async throws
    {
        var session = try session(
            file: "--bad", variable: "--bad", options: ["--no-config", "--there", Program.here])
        try await session.run().expectSuccess()
        session = try self.session(file: "--bad", variable: "--no-config " + there)
        try await session.run().expectSuccess()
    }

    @Test func `the other end reads neither`() async throws {
        let bad = scratch / "bad"
        try FileManager.default.createDirectory(
            atPath: bad + "/socketpipe", withIntermediateDirectories: true)
        try scratch.write("--bad", to: "bad/socketpipe/config")
        let login: Words = ["env", "SOCKETPIPE_OPTIONS=--bad", "XDG_CONFIG_HOME=\(bad)"]
        try await session(variable: there, login: login).run().expectSuccess()
    }

    @Test func `no options from elsewhere keep help from its user`() async throws {
        for option in ["--help", "--version"] {
            let ending = try await Run(
                [Program.here, option], environment: ["SOCKETPIPE_OPTIONS": "--bad"]
            ).ending()
            #expect(ending.status == 0)
        }
    }
}
