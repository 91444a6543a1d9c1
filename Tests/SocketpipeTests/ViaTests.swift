import Foundation
import Testing

/// Data that goes through the login, for want of a direct way or by choice.
@Suite(.gated, .withSSHServer) struct ViaTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let slower = "the data goes through the login, which is slower"

    @Test(.tries(.droppedConnection), .needsRoot)
    func `where only the login's port is open the data goes through it`() async throws {
        try await Network.of(2) { hosts in
            try await SSHServer.running("ListenAddress \(hosts[1].address)", in: hosts[1]) {
                server in
                let rules = """
                    table inet t { chain i { type filter hook input priority 0;
                    iif lo accept
                    tcp dport != \(server.port) tcp flags & (syn|ack) == syn drop
                    }
                    }
                    """
                for host in hosts { try await host.filter(rules) }
                let login: Words =
                    "ssh -F \(server.folder / "client") -o HostName=\(hosts[1].address) four"
                let session = Session(
                    producer: "seq 100000", consumer: "cat", login: login, remote: "cat",
                    options: "--via auto -t 3", wrapper: hosts[0].enter)
                let ending = try await session.run()
                #expect(ending.status == 0, "\(ending.testDescription)")
                #expect(ending.text.hasSuffix("\n100000\n"))
                #expect(ending.complaints.count { $0.contains(Self.slower) } == 1)
                #expect(ending.complaints.contains { $0.contains("did not meet within 1 s") })
                for flow in ["out", "back"] { #expect(ending.report?.flow(flow)?.via == "login") }
            }
        }
    }

    @Test func `a direct way is taken where there is one, without a word`() async throws {
        let session = Session(producer: "echo hi", remote: "cat", options: "--via auto")
        let ending = try await session.run()
        ending.expectSuccess()
        #expect(ending.report?.flow("out")?.via == "direct")
    }

    @Test(.tries(.refusedConnection), .needsRoot, arguments: [Route.handOff, .sealed])
    func `ends that are refused go through the login at once`(route: Route) async throws {
        try await Network.of(2) { hosts in
            let closed = """
                table inet t { chain i { type filter hook input priority 0;
                iif lo accept
                tcp flags & (syn|ack) == syn reject with tcp reset
                }
                }
                """
            for host in hosts { try await host.filter(closed) }
            let session = Session(
                route: route, producer: "echo hi", login: hosts[1].enter, remote: "cat",
                options: "--via auto -t 600 --window 200k --dscp LE", wrapper: hosts[0].enter)
            let ending = try await session.run()
            #expect(ending.status == 0 && ending.text == "hi\n", "\(ending.testDescription)")
            #expect(ending.complaints.contains { $0.contains("Connection refused") })
            #expect(
                ending.complaints.contains {
                    $0.contains(Self.slower) && $0.hasSuffix("ignores --window, --dscp")
                })
            #expect(ending.elapsed < .seconds(8))
        }
    }

    /// Each direction waits for its reader, while the other's bytes and all messages go on.
    @Test(arguments: [[], "--relay both", "--record 10k", "--buffer 8M", "--checksum"] as [Words])
    func `both directions at once pass slow readers`(options: Words) async throws {
        let session = Session(
            there: .remoteAlone, producer: .sh("seq 3000000 | head -c 20000000"),
            consumer: .sh("sleep 1; cat | cksum"), login: try SSHServer.ofSuite.login,
            remote: .sh("sleep 1; exec cat"), options: options + "--via login")
        let ending = try await session.run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(
            ending.text == (try Said.must(.sh("seq 3000000 | head -c 20000000 | cksum"))))
    }

    @Test func `our own input and output go through it as well`() async throws {
        let bytes = Data(repeating: 7, count: 3_000_000)
        try bytes.write(to: URL(fileURLWithPath: scratch / "in"))
        let session = Session(
            producer: "-", consumer: "-", remote: "cat", options: "--via login",
            input: .file(scratch / "in"))
        let ending = try await session.run()
        ending.expectSuccess()
        #expect(ending.output == bytes)
    }

    @Test func `a dry run says which way it would be`() async throws {
        let session = Session(
            producer: "echo hi", consumer: "cat", remote: "cat", options: "--via login --dry-run")
        let ending = try await session.run()
        #expect(ending.status == 0)
        for flow in ["out", "back"] {
            #expect(ending.error.contains("would connect flow '\(flow)': through the login"))
        }
    }

    @Test(.needsRoot, arguments: [0, 1])
    func `an end without loopback says so`(end: Int) async throws {
        try await Network.of(2) { hosts in
            try await hosts[end].shell("ip link set lo down")
            let session = Session(
                producer: ["touch", scratch / "producer"], login: hosts[1].enter, remote: "cat",
                options: "--via login", wrapper: hosts[0].enter)
            let ending = try await session.run()
            #expect(ending.status == 125)
            let place = end == 0 ? "here" : "there"
            #expect(ending.error.contains("cannot connect over loopback \(place)"))
            #expect(ending.error.contains("ip link set lo up"))
            #expect(!scratch.exists("producer"))
        }
    }

    @Test func `an older end is refused before it could take data for messages`() async throws {
        let old =
            "printf 'hello protocol=1-2 program=2.0.0 kernel=6.1 network=x\\n'; exec cat >/dev/null"
        let session = Session(
            there: nil, producer: ["touch", scratch / "producer"],
            login: .sh(old), remote: "cat", options: "--via login")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("cannot send data through the login"))
        #expect(!scratch.exists("producer"))
    }

    /// As some `exec` streams do.
    @Test(.tries(.alteredStream), arguments: ["out", "back"])
    func `a login that loses the tail is no success`(direction: String) async throws {
        let cut = "dd bs=64k count=40 status=none"
        let login: Words =
            direction == "out"
            ? .sh("\(cut) | \"$@\"") : .sh("\"$@\" | { \(cut); cat >/dev/null; }")
        var session = Session(login: login, remote: "cat", options: "--via login --stall 5")
        if direction == "out" {
            (session.producer, session.remote) = (
                "head -c 5000000 /dev/zero", .sh("cat >/dev/null")
            )
        } else {
            (session.consumer, session.remote) = (
                .sh("cat >/dev/null"), "head -c 5000000 /dev/zero"
            )
        }
        let ending = try await session.run()
        #expect(ending.status == 122, "\(ending.testDescription)")
    }

    /// What fills the hole is messages, a few bytes at a time.
    @Test(.tries(.alteredStream))
    func `a login that loses bytes of the stream is no success, and is not waited for`()
        async throws
    {
        let part = "dd bs=64k count=3 status=none; dd bs=9k count=1 of=/dev/null status=none"
        let session = Session(
            consumer: .sh("cat >/dev/null"), login: .sh("\"$@\" | { \(part); exec cat; }"),
            remote: "head -c 1000000 /dev/zero", options: "--via login --stall 3")
        let ending = try await session.run(within: .seconds(30))
        #expect(ending.status == 122 || ending.status == 125, "\(ending.testDescription)")
    }
}
