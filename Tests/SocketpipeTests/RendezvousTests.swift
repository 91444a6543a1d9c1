import Foundation
import Testing

/// How the ends find each other on one host: directions, ports, addresses.
@Suite(.gated, .withSSHServer) struct RendezvousTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: ["here", "there", "auto"], ThereEnd.allCases)
    func `either end may listen`(end: String, there: ThereEnd) async throws {
        for login in [try SSHServer.ofSuite.login, "env"] {
            let session = Session(
                there: there, producer: "echo hi", consumer: "cat", login: login, remote: "cat",
                options: ["--listen", end])
            let ending = try await session.run()
            #expect(ending.status == 0)
            #expect(ending.text == "hi\n")
            let flow = try #require(ending.report?.flow("out"))
            if end != "auto" { #expect(flow.dialledFrom == (end == "here" ? "there" : "here")) }
        }
    }

    @Test(arguments: ["here", "there"], ThereEnd.allCases)
    func `the listener takes a port of the range`(end: String, there: ThereEnd) async throws {
        let low = Int.random(in: 40_000..<50_000)
        let session = Session(
            there: there, producer: "echo hi", consumer: "cat", remote: "cat",
            options: ["--listen", end, "--port", "\(low)-\(low + 9)"])
        let ending = try await session.run()
        #expect(ending.status == 0)
        for direction in ["out", "back"] {
            let port = try #require(ending.report?.flow(direction)?.port(of: end))
            #expect((low...(low + 9)).contains(port))
        }
    }

    @Test func `a range of one port serves both flows, again and again`() async throws {
        let port = Int.random(in: 40_000..<50_000)
        for _ in 0..<3 {
            let session = Session(
                producer: "echo hi", consumer: "cat", remote: "cat",
                options: ["--listen", "here", "--port", "\(port)-\(port)"])
            #expect(try await session.run().status == 0)
        }
    }

    @Test func `a range without a free port is our own error`() async throws {
        let port = "\(try SSHServer.ofSuite.port)"
        let session = Session(
            producer: ["touch", scratch / "producer"], login: try SSHServer.ofSuite.login,
            remote: "cat", options: ["--listen", "here", "--port", "\(port)-\(port)"])
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains(port))
        #expect(!scratch.exists("producer"))
    }

    @Test(arguments: ["127.0.0.1", "::1", "localhost"])
    func `-h names the address to dial`(host: String) async throws {
        let session = Session(
            producer: "echo hi", remote: "cat", options: ["-h", host, "--listen", "here"])
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.report?.flow("out")?.dialledFrom == "there")
    }

    @Test func `a host that has no address is our own error`() async throws {
        let session = Session(
            producer: "echo hi", remote: "cat", options: "-h no-such-host.invalid --listen here")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("no-such-host.invalid"))
    }

    @Test(arguments: ["here", "there"])
    func `--mss bounds the segments`(end: String) async throws {
        let session = Session(
            producer: .sh("yes | head -c 1000000"), remote: .sh("cat >/dev/null"),
            options: ["--mss", "1200", "--listen", end])
        let ending = try await session.run()
        #expect(ending.status == 0)
        let size = try #require(ending.report?.flow("out")?.segmentSize)
        #expect(size <= 1200)
    }

    @Test func `a rendezvous without a limit is a rendezvous`() async throws {
        let session = Session(producer: "echo hi", remote: "cat", options: "-t 0")
        #expect(try await session.run().status == 0)
    }

    @Test func `no port is open while the stream runs`() async throws {
        let run = try Session(
            producer: "cat", remote: .sh("touch \"$1\"; exec cat", scratch / "running"),
            options: ListeningSocket.ownPorts(), input: .pipe
        ).start()
        try #require(await eventually { scratch.exists("running") })
        let closed = try await eventually { ListeningSocket.all(of: run).isEmpty }
        #expect(closed)
        run.closeInput()
        #expect(try await run.ending().status == 0)
    }
}
