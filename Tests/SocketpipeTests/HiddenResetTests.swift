import Foundation
import Testing

/// A firewall hides every reset: then the other end's word must do (faults 12, 14, 19).
@Suite(.gated) struct HiddenResetTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let noResets = """
        table inet t {
        chain i { type filter hook input priority 0; tcp flags & rst == rst counter drop; }
        chain o { type filter hook output priority 0; tcp flags & rst == rst counter drop; }
        }
        """

    /// An endless stream between two hosts, whose reader notes how it ended.
    private func endless(
        _ direction: Direction, on hosts: [Network.Host], there: ThereEnd,
        _ route: Route = .handOff
    ) async throws -> Run {
        for host in hosts { try await host.filter(Self.noResets) }
        let reader = Words.sh(
            "cat >/dev/null; status=$?; echo $status >$1.part; mv $1.part $1; exit $status",
            scratch / "status")
        let run = try Session(
            direction, from: "cat /dev/zero", to: reader, Way(there: there, route: route),
            login: hosts[1].enter, wrapper: hosts[0].enter
        ).start()
        try #require(
            await eventually {
                run.mark.process("cat") != nil && run.mark.process("cat /dev/zero") != nil
            }, "\(run.errorSoFar)")
        return run
    }

    /// Whether the firewalls had resets to hide.
    private func hidResets(_ hosts: [Network.Host]) async throws -> Bool {
        for host in hosts {
            let rules = try await host.shell("nft list ruleset")
            if rules.contains(/counter packets [1-9]/) { return true }
        }
        return false
    }

    @Test(.tries(.goneHost), .needsRoot, arguments: Direction.allCases, ThereEnd.allCases)
    func `a sender ends soon after its reader, though no reset tells it`(
        direction: Direction, there: ThereEnd
    ) async throws {
        try await Network.of(2) { hosts in
            let run = try await endless(direction, on: hosts, there: there)
            let struck = ContinuousClock.now
            try #require(run.mark.process("cat")).send(SIGKILL)
            let hasEnded = try await eventually { run.mark.process("cat /dev/zero") == nil }
            #expect(hasEnded)
            #expect(struck.duration(to: .now) < .seconds(8))
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.status == 137)
            #expect(scratch.text("status") == "137\n")
            #expect(try await hidResets(hosts))
        }
    }

    @Test(
        .tries(.killedProducer), .needsRoot, arguments: Direction.allCases,
        ThereEnd.allCases)
    func `a reader sees an error soon after its sender is killed, though no reset tells it`(
        direction: Direction, there: ThereEnd
    ) async throws {
        try await Network.of(2) { hosts in
            let run = try await endless(direction, on: hosts, there: there)
            let struck = ContinuousClock.now
            try #require(run.mark.process("cat /dev/zero")).send(SIGKILL)
            let isTold = try await eventually { scratch.exists("status") }
            #expect(isTold)
            #expect(struck.duration(to: .now) < .seconds(8))
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.status == 137)
            #expect(scratch.text("status") == "1\n")
            #expect(try await hidResets(hosts))
        }
    }

    @Test(.needsRoot, arguments: Direction.allCases, [Route.Engine.splice, .copy])
    func `a reader behind a relay is ended as soon, though no reset tells it`(
        direction: Direction, engine: Route.Engine
    ) async throws {
        try await Network.of(2) { hosts in
            let route = Route.relay(.both, engine)
            let run = try await endless(direction, on: hosts, there: .remoteAlone, route)
            let struck = ContinuousClock.now
            try #require(run.mark.process("cat /dev/zero")).send(SIGKILL)
            let isEnded = try await eventually { run.mark.process("cat") == nil }
            #expect(isEnded)
            #expect(struck.duration(to: .now) < .seconds(8))
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.status == 137)
            let end = direction == .out ? "there" : "here"
            route.expectBroken(scratch.text("status"), at: end)
            // What was counted before the end reset the connection itself.
            let flow = ending.report?.flow("\(direction)")
            #expect(flow?.bytesReceived ?? 0 > 0, "\(ending.testDescription)")
            #expect(flow?.bytesReceived ?? 0 <= flow?.bytesSent ?? 0)
            #expect(try await hidResets(hosts))
        }
    }

    @Test(.needsRoot, arguments: [Route.Engine.ring, .copy])
    func `our own output ends with the status of whom it came from, though no reset tells it`(
        engine: Route.Engine
    ) async throws {
        try await Network.of(2) { hosts in
            for host in hosts { try await host.filter(Self.noResets) }
            let run = try Session(
                route: .relay(.here, engine), consumer: "-", login: hosts[1].enter,
                // Without it the stream of a killed command would end here, not break.
                remote: .sh("while :; do echo some; sleep .05; done"), options: "--strict",
                wrapper: hosts[0].enter
            ).start()
            try #require(
                await eventually { !run.outputSoFar.isEmpty }, "\(run.errorSoFar)")
            let producer = run.mark.process { $0.first == "sh" && $0.last == "sh" }
            try #require(producer).send(SIGKILL)
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.status == 137, "\(ending.testDescription)")
            #expect(try await hidResets(hosts))
        }
    }
}
