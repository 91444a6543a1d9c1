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
