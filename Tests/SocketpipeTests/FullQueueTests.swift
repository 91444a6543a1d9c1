import Testing

/// The sending host drops segments itself, its own queue being full (KERNEL H26).
@Suite(.gated) struct FullQueueTests {
    private static let tiny =
        "ip link set eth0 gso_max_segs 1; tc qdisc add dev eth0 root tbf rate 50mbit burst 4kb limit 3kb"

    @Test(
        .needsRoot, .needsShaping, arguments: Direction.allCases,
        [Route.handOff, .relay(.both, .splice)])
    func `a reader that leaves with the last byte has had the whole stream`(
        direction: Direction, route: Route
    ) async throws {
        try await Network.of(2) { hosts in
            for host in hosts { try await host.shell(Self.tiny) }
            // The reader is gone before the FIN, so that only the counts can tell.
            let ending = try await Session(
                direction, from: .sh("head -c 5M /dev/zero; sleep .3"),
                to: .sh("head -c 5M >/dev/null"), Way(there: .socketpipe, route: route),
                login: hosts[1].enter, wrapper: hosts[0].enter
            ).run()
            ending.expectSuccess()
            let sender = hosts[direction == .out ? 0 : 1]
            let queue = try await sender.shell("tc -s qdisc show dev eth0")
            #expect(queue.contains(/dropped [1-9]/), "\(queue)")
        }
    }

    @Test(
        .needsRoot, .needsShaping, arguments: Direction.allCases,
        [Route.handOff, .relay(.both, .splice)])
    func `a stream that was broken is not said to be longer than it was`(
        direction: Direction, route: Route
    ) async throws {
        try await Network.of(2) { hosts in
            for host in hosts { try await host.shell(Self.tiny) }
            let ending = try await Session(
                direction, from: .sh("head -c 3000000 /dev/zero; kill -9 $$"),
                to: .sh("cat >/dev/null"), Way(there: .socketpipe, route: route),
                login: hosts[1].enter, wrapper: hosts[0].enter
            ).run()
            #expect(ending.status == 137, "\(ending.testDescription)")
            let flow = try #require(ending.report?.flow("\(direction)"))
            #expect((1...3_000_000).contains(flow.bytesSent ?? -1))
            #expect(flow.bytesReceived ?? -1 <= flow.bytesSent ?? -1)
            let queue = try await hosts[direction == .out ? 0 : 1]
                .shell("tc -s qdisc show dev eth0")
            #expect(queue.contains(/dropped [1-9]/), "\(queue)")
        }
    }
}
