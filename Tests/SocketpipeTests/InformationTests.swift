import Foundation
import Testing

/// What we print when we are asked, and what we say of a run unasked.
@Suite(.gated) struct InformationTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

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
            -b -h -t -i -o -l -r --listen --port --address --network --there --mss --strict --allow-early-exit
            --relay --engine --checksum --rate --rate-file --progress --progress-fd --size --report --verbose --quiet
            --dry-run --rsh --legacy --stall --reconnect --version --help
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
