import Foundation
import Testing

/// What a relay is asked to do, and what it must never do to the bytes.
@Suite(.gated) struct RelayTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: Route.all)
    func `the ends that were asked relay, by the engine that was asked`(
        route: Route
    ) async throws {
        let session = Session(
            route: route, producer: .sh("yes | head -c 300000"), consumer: "wc -c", remote: "cat")
        let ending = try await session.run()
        ending.expectSuccess()
        #expect(ending.text == "300000\n")
        #expect((ending.report?.encryption != nil) == (route == .sealed))
        for direction in ["out", "back"] {
            let flow = try #require(ending.report?.flow(direction))
            #expect(flow.relayHere?.engine == route.engine(at: "here")?.rawValue)
            #expect(flow.relayThere?.engine == route.engine(at: "there")?.rawValue)
        }
    }

    // What the wait before a session's start saw of a descriptor says nothing of the pipe that has
    // its number now: one session in a hundred took its reader for gone.
    @Test(.alone, arguments: ThereEnd.allCases)
    func `hundreds of sessions begin well, whatever was seen before`(
        there: ThereEnd
    ) async throws {
        for _ in 0..<Program.rounds(default: 40) {
            let runs = try (0..<8).map { _ in
                try Session(
                    there: there, route: .relay(.both, .splice),
                    producer: "head -c 65535 /dev/zero",
                    consumer: "cksum", remote: "cat"
                ).start()
            }
            for run in runs { try await run.ending().expectSuccess() }
        }
    }

    @Test(arguments: Route.Engine.allCases)
    func `a program that opens its standard input by name finds a pipe`(
        engine: Route.Engine
    ) async throws {
        let session = Session(
            route: .relay(.there, engine), producer: "echo hi", remote: .sh("cat /dev/stdin"))
        let ending = try await session.run()
        ending.expectSuccess()
        #expect(ending.text == "hi\n")
    }

    @Test(.needsRoot, arguments: ["up", "down"])
    func `a relay serves its writer with loopback or without`(loopback: String) async throws {
        try await Network.of(2) { hosts in
            for host in hosts { try await host.shell("ip link set lo \(loopback)") }
            let session = Session(
                route: .relay(.both, .splice), producer: .sh("yes | head -c 3000000"),
                consumer: "cksum", login: hosts[1].enter, remote: "cat", wrapper: hosts[0].enter)
            let ending = try await session.run()
            ending.expectSuccess()
            #expect(ending.text == (try await shell("yes | head -c 3000000 | cksum")))
        }
    }

    @Test(.needsRoot)
    func `a relay serves its writer where loopback is filtered`() async throws {
        try await Network.of(2) { hosts in
            try await hosts[0].filter(
                "table inet t { chain c { type filter hook input priority 0; iif lo drop; }; }")
            let session = Session(
                route: .relay(.here, .splice), producer: .sh("yes | head -c 3000000"),
                login: hosts[1].enter, remote: "cksum", wrapper: hosts[0].enter)
            let ending = try await session.run()
            ending.expectSuccess()
            #expect(ending.text == (try await shell("yes | head -c 3000000 | cksum")))
        }
    }

    // KERNEL H10: it uses its two buffers in turn, each as large as the pipe, so that whoever reads
    // the pipe has the bytes before they change; whoever splices has only the pages.
    @Test(.needsCompiler, arguments: ThereEnd.allCases)
    func `a producer that lends its pages gets the right bytes through by copy`(
        there: ThereEnd
    ) async throws {
        let source = """
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <string.h>
            #include <sys/uio.h>
            #include <unistd.h>
            enum { SIZE = 65536 };
            static char pages[2][SIZE] __attribute__((aligned(4096)));
            int main(int count, char **words) {
                fcntl(1, F_SETPIPE_SZ, SIZE);
                for (int n = 0; n < 1500; n++) {
                    memset(pages[n % 2], 'a' + n % 26, SIZE);
                    struct iovec rest = {pages[n % 2], SIZE};
                    while (rest.iov_len > 0) {
                        ssize_t moved = count > 1 ? writev(1, &rest, 1) : vmsplice(1, &rest, 1, 0);
                        if (moved < 0) return 1;
                        rest.iov_base = (char *)rest.iov_base + moved;
                        rest.iov_len -= moved;
                    }
                }
                return 0;
            }
            """
        let file = try scratch.write(source, to: "lender.c")
        try await shell("gcc -O1 -o $1/lender $2", scratch.path, file)
        let session = Session(
            there: there, producer: "-", remote: "cksum", options: "--engine copy",
            wrapper: .bash("set -o pipefail; \"$LENDER\" | \"$@\""),
            environment: ["LENDER": scratch / "lender"])
        let ending = try await session.run()
        ending.expectSuccess()
        #expect(try await shell("$1/lender written | cksum", scratch.path) == ending.text)
    }

    @Test(arguments: ThereEnd.allCases)
    func `--checksum reports the hash of the content at both ends`(there: ThereEnd) async throws {
        try await shell("head -c 3000000 /dev/urandom >$1", scratch / "sent")
        let session = Session(
            there: there, producer: ["cat", scratch / "sent"], consumer: .sh("cat >/dev/null"),
            remote: .sh("cat; echo more"), options: "--checksum")
        let ending = try await session.run()
        ending.expectSuccess()
        for (direction, made) in [("out", "cat $1"), ("back", "(cat $1; echo more)")] {
            let sum = try await shell("\(made) | b2sum -l 256", scratch / "sent")
            let flow = try #require(ending.report?.flow(direction))
            for relay in [flow.relayHere, flow.relayThere] {
                #expect(relay?.engine == "copy")
                #expect(relay?.reason?.contains("checksum") == true)
                #expect(relay?.blake2b == sum.split(separator: " ").first.map(String.init))
            }
        }
    }

    @Test func `--checksum counts unread padding`() async throws {
        let made = "head -c 512 /dev/zero; head -c 499712 /dev/zero"
        let session = Session(
            producer: .sh(made), remote: .sh("head -c 512 >/dev/null"), options: "--checksum")
        let ending = try await session.run()
        #expect(ending.status == 0)
        let sum = try await shell("(\(made)) | b2sum -l 256").split(separator: " ").first
        let flow = try #require(ending.report?.flow("out"))
        #expect(flow.relayHere?.blake2b == sum.map(String.init))
        #expect(flow.relayThere?.blake2b == sum.map(String.init))
    }
}
