import Foundation
import Testing

/// Login commands that fail, or that land in the wrong place (faults 1–8, 33, 38, 40).
@Suite(.gated, .withSSHServer) struct LoginFailureTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A producer that leaves a trace if it is started.
    private var traced: Words { .sh("touch \"$1\"; echo hi", scratch / "producer") }

    @Test(.tries(.noLogin), arguments: ["nosuchlogin", "/etc/passwd"], Way.each)
    func `a login command that cannot start is told at once`(
        login: String, way: Way
    ) async throws {
        let session = Session(
            there: way.there, route: way.route, producer: traced, login: [login], remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == (login == "nosuchlogin" ? 127 : 126))
        #expect(ending.elapsed < .seconds(3))
        #expect(ending.complaints.contains { $0.contains(login) })
        #expect(!scratch.exists("producer"))
    }

    @Test(
        .tries(.failingLogin),
        arguments: ["exit 1", "exit 255", "echo sorry >&2; exit 3", "kill -9 $$"],
        Way.each)
    func `a login command that ends before hello is 255`(
        script: String, way: Way
    ) async throws {
        let session = Session(
            there: way.there, route: way.route, producer: traced, login: .sh(script + " #"),
            remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 255)
        #expect(ending.error.contains("sorry") == script.contains("sorry"))
        #expect(!ending.complaints.isEmpty)
        #expect(!scratch.exists("producer"))
    }

    /// What the login said, and a part of our last words.
    @Test(
        .tries(.failingLogin),
        arguments: [
            ("host: no such name\\r\\ndebug1: Exit status", ["other end: host: no such name"]),
            ("kex_exchange_identification: read: reset\\nConnection reset", ["MaxStartups"]),
            ("Permission denied\\n\\n", ["end: Permission denied", "does `"]), ("", ["does `"]),
        ], Way.each)
    func `the reason that a login gives is in our last words`(
        said: (text: String, told: [String]), way: Way
    ) async throws {
        let login = Words.sh("printf '\(said.text)' >&2; exit 255")
        let session = Session(
            there: way.there, route: way.route, producer: traced, login: login, remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 255)
        let last = ending.complaints.suffix(2).joined()
        for part in said.told { #expect(last.contains(part), "\(ending.testDescription)") }
        #expect(last.contains("MaxStartups") == said.text.contains("kex_"))
        #expect(!scratch.exists("producer"))
    }

    /// What says so, and how it ends: docker, sudo.
    @Test(
        .tries(.missingThere),
        arguments: [
            ("exec failed: executable file not found in PATH", 126, 125),
            ("sudo: socketpipe: command not found", 1, 255),
        ])
    func `a program that a login does not find is named with the cure`(
        said: (text: String, status: Int, ours: Int32)
    ) async throws {
        let login = Words.sh("echo '\(said.text)' >&2; exit \(said.status)")
        let ending = try await Session(producer: traced, login: login, remote: "cat").run()
        #expect(ending.status == said.ours, "\(ending.testDescription)")
        #expect(ending.complaints.suffix(2).joined().contains("not found"))
        #expect(ending.complaints.last?.contains("--there") == true)
        #expect(!scratch.exists("producer"))
    }

    /// A shell says so, where it does not take the program for a script.
    @Test(.tries(.missingThere), arguments: ["env", "bash -c \"$@\" bash"] as [Words], Way.each)
    func `a program for another processor is named as such`(
        login: Words, way: Way
    ) async throws {
        try scratch.foreignProgram("foreign")
        // As a script it may write files of any name.
        let session = Session(
            there: nil, route: way.route, producer: traced, login: login, remote: "cat",
            options: ["--there", scratch / "foreign"], wrapper: ["env", "-C", scratch.path])
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("is a program for another processor"))
        #expect(ending.error.contains("uname -m"))
        #expect(!scratch.exists("producer"))
    }

    @Test(.tries(.failingLogin))
    func `a login command that closes its output and stays is 255`() async throws {
        let session = Session(
            producer: traced, login: .sh("exec >&-; exec sleep 1000 #"), remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 255)
        #expect(ending.error.contains("closed its output"), "\(ending.testDescription)")
        #expect(!scratch.exists("producer"))
    }

    @Test(.tries(.failingLogin), arguments: Way.each)
    func `ssh's own words are shown when nobody answers`(way: Way) async throws {
        let server = try SSHServer.ofSuite
        let login: Words = "ssh -F \(server.folder / "client") -p 1 four"
        let session = Session(
            there: way.there, route: way.route, producer: traced, login: login, remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 255)
        #expect(ending.error.contains("Connection refused"))
        #expect(!scratch.exists("producer"))
    }

    @Test(.tries(.failingLogin), arguments: Way.each)
    func `ssh's own words are shown when the key is wrong`(way: Way) async throws {
        let server = try SSHServer.ofSuite
        try await shell("ssh-keygen -q -t ed25519 -N '' -f \"$1\"", scratch / "wrong")
        try await shell(
            "sed 's,IdentityFile .*,IdentityFile '$1',' \(server.folder / "client") > $2",
            scratch / "wrong", scratch / "config")
        let login: Words = ["ssh", "-o", "BatchMode=yes", "-F", scratch / "config", "four"]
        let session = Session(
            there: way.there, route: way.route, producer: traced, login: login, remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 255)
        #expect(ending.error.contains("Permission denied"))
        #expect(!scratch.exists("producer"))
    }

    @Test(.tries(.missingThere))
    func `socketpipe missing there is named with the cure`() async throws {
        try await SSHServer.running("SetEnv PATH=/nonexistent") { server in
            for way in Way.each {
                let session = Session(
                    there: nil, route: way.route, producer: traced, login: server.login,
                    remote: "cat")
                let ending = try await session.run()
                #expect(ending.status == 125)
                #expect(ending.elapsed < .seconds(5))
                #expect(ending.error.contains("--there"))
                #expect(!scratch.exists("producer"))
            }
        }
    }

    @Test(.tries(.missingThere), arguments: Way.each)
    func `a there-end that does not exist is named with the cure`(way: Way) async throws {
        let session = Session(
            there: nil, route: way.route, producer: traced, remote: "cat",
            options: "--there /no/such/socketpipe")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("--there"))
        #expect(!scratch.exists("producer"))
    }

    @Test(.tries(.otherVersion), arguments: Way.each)
    func `a version that cannot work with ours is named`(way: Way) async throws {
        let other = Words.sh("\"$@\" | sed -u '/^hello/s/protocol=[^ ]*/protocol=98-99/'")
        let session = Session(
            there: way.there, route: way.route, producer: traced, login: other, remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("99"))
        #expect(!scratch.exists("producer"))
    }

    @Test(.tries(.otherVersion), arguments: Way.each)
    func `a newer version speaks our protocol with us`(way: Way) async throws {
        let other = Words.sh("\"$@\" | sed -u '/^hello/s/protocol=[^ ]*/protocol=1-99/'")
        let session = Session(
            there: way.there, route: way.route, producer: "echo hi", login: other, remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "hi\n")
    }

    @Test(.tries(.noRemote), arguments: Way.each)
    func `a remote command that is not there keeps the producer from starting`(
        way: Way
    ) async throws {
        let session = Session(
            there: way.there, route: way.route, producer: traced, remote: "/no/such/program")
        let ending = try await session.run()
        #expect(ending.status == 127)
        #expect(!scratch.exists("producer"))
    }
}
