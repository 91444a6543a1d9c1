import Foundation
import Testing

/// A router drops what is larger than its next link takes, and does not say so.
@Suite(.gated) struct BlackHoleTests {
    private static let hole = """
        table inet t {
        chain f { type filter hook forward priority 0; meta length > 1300 drop; }
        }
        """

    /// Three hosts; the router counts packets as they are on a wire.
    private func network(body: ([Network.Host]) async throws -> Void) async throws {
        try await Network.of(3) { hosts in
            for host in [hosts[0], hosts[2]] {
                try await host.shell("ip link set eth0 gso_max_segs 1")
            }
            try await hosts[1].filter(Self.hole)
            try await body(hosts)
        }
    }

    @Test(
        .tries(.blackHole), .needsRoot, arguments: Direction.allCases,
        ["head -c 1000000 /dev/zero", "echo hi; head -c 1000000 /dev/zero", "cat /dev/zero"])
    func `a black hole is named while it lasts, and ends within the stall limit`(
        direction: Direction, sender: String
    ) async throws {
        try await network { hosts in
            try await Way.eachAtOnce(Way.direct) { way in
                let run = try Session(
                    direction, from: .sh(sender), to: .sh("cat >/dev/null"), way,
                    login: hosts[2].enter, options: "--stall 20", wrapper: hosts[0].enter
                ).start()
                let hint =
                    "no full-size packet gets through: is the path down, or its MTU smaller? try --mss 1200"
                let isNamed = try await eventually(within: .seconds(18)) {
                    run.errorSoFar.contains(hint)
                }
                #expect(isNamed && run.isRunning, "\(way) \(run.errorSoFar)")
                let ending = try await run.ending(within: .seconds(60))
                #expect(ending.status == 122, "\(way) \(ending)")
                // What the other end notes is gone with its connection.
                let isOfLost = way.route == .kept && direction == .back
                #expect(
                    isOfLost || ending.complaints.contains("socketpipe: hint: \(hint)"),
                    "\(way) \(ending)")
            }
        }
    }

    @Test(.needsRoot, arguments: Direction.allCases)
    func `--mss passes by it`(direction: Direction) async throws {
        try await network { hosts in
            for way in Way.direct {
                let ending = try await Session(
                    direction, from: "head -c 1000000 /dev/zero", to: "cksum", way,
                    login: hosts[2].enter, options: "--mss 1200", wrapper: hosts[0].enter
                ).run()
                ending.expectSuccess()
            }
        }
    }

    /// Connections come about and bring nothing: that is one loss, and not always a new one.
    @Test(
        .needsRoot,
        arguments: zip(["", "--encrypt", "--encrypt"] as [Words], ["forward", "input", "output"]))
    func `a flow that goes on into it is lost in time`(options: Words, hook: String) async throws {
        let scratch = try Scratch()
        let hole = "type filter hook \(hook) priority 0; meta length > 600 drop"
        try await Network.of(3) { hosts in
            let writes = Words.sh(
                "head -c 28360 /dev/zero; until test -e $1; do sleep 0.1; done; cat /dev/zero",
                scratch / "go")
            let run = try Session(
                producer: writes, login: hosts[2].enter, remote: .sh("cat >$1", scratch / "out"),
                options: options + "--reconnect 20 --stall 3", wrapper: hosts[0].enter
            ).start()
            #expect(try await eventually { contents(of: scratch / "out")?.count == 28360 })
            let host = hook == "forward" ? hosts[1] : hook == "output" ? hosts[0] : hosts[2]
            try await host.filter("table inet t { chain f { \(hole); }; }")
            try await shell("touch \"$1\"", scratch / "go")
            let ending = try await run.ending(within: .seconds(60))
            #expect(ending.status == 122, "\(ending.testDescription)")
        }
    }

    @Test(.needsRoot)
    func `our standard output is told of it as well`() async throws {
        try await network { hosts in
            let session = Session(
                consumer: "-", login: hosts[2].enter, remote: "head -c 1000000 /dev/zero",
                options: "--stall 10", wrapper: hosts[0].enter)
            let ending = try await session.run(within: .seconds(60))
            #expect(ending.status == 122)
            #expect(ending.error.contains("try --mss 1200"))
        }
    }
}
