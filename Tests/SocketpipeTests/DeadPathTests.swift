import Foundation
import Testing

/// The path of the data dies while the login lives on.
@Suite(.gated) struct DeadPathTests {
    /// Which packets come through no more.
    enum Cut: CaseIterable, CustomTestStringConvertible {
        case both, towardsThere, towardsHere

        var testDescription: String { "\(self) cut" }
    }

    /// What the stream is at.
    enum Stage: CaseIterable {
        case moving, waitingForBytes, endedMeanwhile
    }

    private static let rules = """
        table inet t {
        chain i { type filter hook input priority 0; iifname eth0 drop; }
        }
        """

    private func cut(_ cut: Cut, _ hosts: [Network.Host]) async throws {
        if cut != .towardsThere { try await hosts[0].filter(Self.rules) }
        if cut != .towardsHere { try await hosts[1].filter(Self.rules) }
    }

    private func start(
        _ stage: Stage, _ direction: Direction, _ way: Way, _ hosts: [Network.Host],
        _ scratch: Scratch
    ) throws -> Run {
        let sender: Words =
            switch stage {
            case .moving: "cat /dev/zero"
            case .waitingForBytes: .sh("echo hi; exec sleep 1000")
            case .endedMeanwhile: .sh("\(scratch.until("go")); exec head -c 50000 /dev/zero")
            }
        return try Session(
            direction, from: sender, to: .sh("touch $1; cat >/dev/null", scratch / "running"), way,
            login: hosts[1].enter, options: "--stall 6", wrapper: hosts[0].enter
        ).start()
    }

    @Test(.tries(.deadPath), .needsRoot, arguments: Direction.allCases, Cut.allCases)
    func `a dead path ends both ends within the stall limit, though the login lives`(
        direction: Direction, cut: Cut
    ) async throws {
        try await Network.of(2) { hosts in
            for stage in Stage.allCases {
                var runs: [(Way, Run, Scratch)] = []
                for way in Way.direct {
                    let scratch = try Scratch()
                    runs.append((way, try start(stage, direction, way, hosts, scratch), scratch))
                }
                for (_, run, scratch) in runs {
                    let isRunning = try await eventually { scratch.exists("running") }
                    try #require(isRunning, "\(run.errorSoFar)")
                }
                try await self.cut(cut, hosts)
                let moment = ContinuousClock.now
                for (_, _, scratch) in runs { try scratch.write("", to: "go") }
                for (way, run, _) in runs {
                    let ending = try await run.ending(within: .seconds(60))
                    let comment: Comment = "\(way), \(stage), \(ending)"
                    #expect(ending.status == 122, comment)
                    #expect(moment.duration(to: .now) < .seconds(30), comment)
                    let isTold = ending.complaints.contains { $0.contains("is dead") }
                    #expect(isTold, comment)
                }
                for host in hosts { _ = try? await host.shell("nft delete table inet t") }
            }
        }
    }

    @Test(.tries(.slowConsumer), .needsRoot, arguments: Direction.allCases)
    func `a reader that rests for longer than the stall limit does not count as dead`(
        direction: Direction
    ) async throws {
        try await Network.of(2) { hosts in
            var runs: [(Way, Run, Scratch)] = []
            for way in Way.direct {
                let scratch = try Scratch()
                let run = try Session(
                    direction, from: "head -c 20000000 /dev/zero",
                    to: .sh("\(scratch.until("go")); cat >/dev/null"), way, login: hosts[1].enter,
                    options: "--stall 2", wrapper: hosts[0].enter
                ).start()
                runs.append((way, run, scratch))
            }
            try await Task.sleep(for: .pastStall)
            for (_, _, scratch) in runs { try scratch.write("", to: "go") }
            for (way, run, _) in runs {
                let ending = try await run.ending(within: .seconds(60))
                #expect(ending.status == 0, "\(way), \(ending)")
            }
        }
    }
}
