import Foundation
import Testing

/// `--rsh`, in the place of ssh, for programs that start a remote shell themselves.
@Suite(.gated, .withSSHServer) struct RemoteShellTests {
    let scratch: Scratch
    let server: SSHServer

    init() throws {
        scratch = try Scratch()
        server = try SSHServer.ofSuite
    }

    /// The words that take the place of `ssh`.
    private func face(_ there: ThereEnd, _ options: Words = []) -> Words {
        [Program.here, "--there", there.path] + options
            + ["--rsh", "-F", server.folder / "client"]
    }

    private func run(
        _ words: Words, input: Input = .null, environment: [String: String] = [:]
    ) async throws -> Ending {
        try await Run(words, input: input, environment: environment).ending()
    }

    @Test(arguments: ThereEnd.allCases)
    func `a line runs in the user's shell there, as ssh would run it`(
        there: ThereEnd
    ) async throws {
        let line: Words = ["four", "printf", "'%s|'", "'a  b'", "$((40", "+", "2));", "exit", "7"]
        let ending = try await run(face(there) + line)
        #expect(ending.text == "a  b|42|")
        #expect(ending.status == 7)
        #expect(ending.error.isEmpty, "ssh says nothing of it either: \(ending.error)")
    }

    @Test(arguments: ThereEnd.allCases)
    func `it ends with the command there, though our input stays open`(
        there: ThereEnd
    ) async throws {
        let run = try Run(face(there) + ["four", "echo", "done"], input: .pipe)
        let ending = try await run.ending(within: .seconds(15))
        #expect(ending.text == "done\n")
        #expect(ending.status == 0)
    }

    @Test func `-n keeps our input for others`() async throws {
        let ending = try await run(
            .sh("echo kept | (\"$@\"; cat)") + face(.socketpipe) + ["-n", "four", "cat;", "pwd"])
        #expect(ending.text.hasSuffix("kept\n"))
        #expect(ending.status == 0)
    }

    @Test func `ssh answers what only ssh can`() async throws {
        let ending = try await run([Program.here, "--rsh", "-V"])
        #expect(ending.status == 0)
        #expect(ending.error.contains("OpenSSH"))
    }

    @Test(arguments: [["--rsh"], ["--rsh", "-p", "22"]])
    func `a line without a host is refused`(words: [String]) async throws {
        let ending = try await run(Words([Program.here] + words))
        #expect(ending.status == 125)
        #expect(ending.error.contains("after"))
    }

    @Test(.needs("rsync"), arguments: ThereEnd.allCases, [[], "--encrypt"] as [Words])
    func `rsync copies a tree to the other end and back`(
        there: ThereEnd, options: Words
    ) async throws {
        try await shell(
            """
            cd $1; mkdir -p tree/deep; seq 100000 >tree/numbers
            echo x >tree/deep/x; ln -s numbers tree/l
            """, scratch.path)
        let e = face(there, options).text
        for (from, to) in [
            (scratch / "tree", "four:" + scratch / "away"),
            ("four:" + scratch / "away/tree", scratch / "home"),
        ] {
            let ending = try await run(["rsync", "-a", "-e", e, from, to + "/"])
            #expect(ending.status == 0, "\(ending.testDescription)")
        }
        let same = try await run(["diff", "-r", scratch / "tree", scratch / "home/tree"])
        #expect(same.status == 0, "\(same.text)")
        let missing = try await run(["rsync", "-e", e, "four:" + scratch / "none", scratch.path])
        #expect(missing.status == 23, "rsync's own status for a file that is not there")
    }

    @Test(.needs("git"), arguments: ThereEnd.allCases, [[], "--encrypt"] as [Words])
    func `git clones and pushes`(there: ThereEnd, options: Words) async throws {
        try await pushAndClone(["GIT_SSH_COMMAND": face(there, options).text])
    }

    /// The environment in which our program stands for ssh under a name that means `--rsh`, with
    /// its options from the user's file.
    private func named() throws -> (path: String, environment: [String: String]) {
        let files = FileManager.default
        for name in ["bin", "socketpipe"] {
            try files.createDirectory(
                atPath: scratch / name, withIntermediateDirectories: true)
        }
        let path = scratch / "bin/socketpipe-rsh"
        try files.createSymbolicLink(atPath: path, withDestinationPath: Program.here)
        try scratch.write(
            "#!/bin/sh\nexec $(PATH=\(Self.path) command -v ssh) -F \(server.folder / "client") \"$@\"\n",
            to: "bin/ssh", executable: true)
        try scratch.write(
            "[four]\n--there \(Program.here)\n--report \(scratch / "report")\n",
            to: "socketpipe/config")
        return (
            path, ["PATH": "\(scratch / "bin"):\(Self.path)", "XDG_CONFIG_HOME": scratch.path]
        )
    }

    private static let path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"

    @Test(.needs("git")) func `git takes a link named socketpipe-rsh for its GIT_SSH`() async throws
    {
        let (path, environment) = try named()
        try await pushAndClone(environment.merging(["GIT_SSH": path]) { $1 })
        #expect(Report(contentsOf: scratch / "report")?.outcome == "complete")
    }

    @Test(.needs("rsync")) func `rsync takes such a link as its remote shell`() async throws {
        let (path, environment) = try named()
        try scratch.write("words", to: "words")
        let ending = try await run(
            ["rsync", "-a", scratch / "words", "four:" + scratch / "copy"],
            environment: environment.merging(["RSYNC_RSH": path]) { $1 })
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(scratch.text("copy") == "words")
        #expect(scratch.exists("report"))
    }

    @Test func `under such a name all words are for ssh`() async throws {
        let (path, environment) = try named()
        let answer = try await run([path, "-V"], environment: environment)
        #expect(answer.error.contains("OpenSSH"))
        let line = try await run([path, "four", "echo", "-s", "{"], environment: environment)
        #expect(line.text == "-s {\n")
    }

    private func pushAndClone(_ environment: [String: String]) async throws {
        try await shell(
            """
            cd $1; git init -q --bare there; git init -q here; cd here
            git config user.name N; git config user.email e@example.org
            seq 100000 >numbers; git add .; git commit -qm one
            """, scratch.path)
        let push = try await run(
            [
                "git", "-C", scratch / "here", "push", "-q", "four:" + scratch / "there",
                "HEAD:main",
            ],
            environment: environment)
        #expect(push.status == 0, "\(push.testDescription)")
        let clone = try await run(
            ["git", "clone", "-q", "-b", "main", "four:" + scratch / "there", scratch / "clone"],
            environment: environment)
        #expect(clone.status == 0, "\(clone.testDescription)")
        let same = try await run(
            ["cmp", scratch / "here/numbers", scratch / "clone/numbers"])
        #expect(same.status == 0)
    }
}

extension Trait where Self == ConditionTrait {
    static func needs(_ program: String) -> ConditionTrait {
        .enabled("\(program) is not installed") {
            try await Run(.sh("command -v \(program)")).ending().status == 0
        }
    }
}
