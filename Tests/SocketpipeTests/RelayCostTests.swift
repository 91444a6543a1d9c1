import Foundation
import Testing

/// What a relay costs: memory that is bounded, no time while nothing moves, and little when little
/// does.
@Suite(.enabled(if: Program.variable("SOCKETPIPE") != nil, "for release builds only"))
struct RelayCostTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(.gated, arguments: StandardInputTests.engines, ThereEnd.allCases)
    func `memory is bounded, however much is moved`(engine: String, there: ThereEnd) async throws {
        let size = Program.runsLong ? "4G" : "256M"
        let run = try Session(
            there: there, producer: "-", consumer: "-",
            remote: .sh("cat; touch \(scratch / "moved"); \(scratch.until("go"))"),
            options: ["--relay", "there", "--engine", engine],
            wrapper: .bash(
                "set -o pipefail; head -c \(size) /dev/zero | \"$@\" | (sleep .3; cat) | wc -c")
        ).start()
        try #require(await eventually(within: .seconds(60)) { scratch.exists("moved") })
        let ourEnd = run.mark.process {
            $0.first == Program.here && $0.dropFirst().first == "--there"
        }
        let here = try #require(ourEnd?.peakMemory)
        let other = try #require(run.mark.thereEnd()?.peakMemory)
        #expect(here < 24 << 20)
        #expect(other < 24 << 20)
        try scratch.write("", to: "go")
        try await run.ending().expectSuccess()
    }

    @Test(.alone) func `streams that trickle or stand still cost next to nothing`() async throws {
        let trickle = "until [ -e \(scratch / "go") ]; do echo tick; sleep .1; done"
        var runs: [(name: String, run: Run)] = []
        for (number, engine) in Route.Engine.allCases.enumerated() {
            for (kind, script) in [
                ("trickling", trickle), ("still", "echo; \(scratch.until("go"))"),
            ] {
                let name = "\(kind), by \(engine)"
                let moving = scratch / "\(kind)\(number)"
                let session = Session(
                    there: .remoteAlone, route: .relay(.both, engine), producer: .sh(script),
                    consumer: .sh("head -c 1 >/dev/null; touch $1; cat >/dev/null", moving),
                    remote: "cat")
                runs.append((name, try session.start()))
                try #require(await eventually { scratch.exists("\(kind)\(number)") })
            }
        }
        let ours = try runs.flatMap { name, run in
            [(name, try #require(Found(pid: run.pid))), (name, try #require(run.mark.thereEnd()))]
        }
        let before = try ours.map { try #require($0.1.nanosecondsRun) }
        // What they do in this time is what is measured.
        try await Task.sleep(for: .seconds(5))
        let after = try ours.map { try #require($0.1.nanosecondsRun) }
        try scratch.write("", to: "go")
        for (index, (name, _)) in ours.enumerated() {
            let milliseconds = (after[index] - before[index]) / 1_000_000
            print("5 s, \(name): \(milliseconds) ms")
            #expect(milliseconds < 40, "\(name)")
        }
        for (_, run) in runs { try await run.ending().expectSuccess() }
    }

    /// Asks 200 times and prints the median of how long an answer took, in microseconds.
    private static let asking = """
        use Time::HiRes 'time'; open my $to, '>', $ARGV[0] or die; my @took;
        for my $n (1 .. 250) {
            my $since = time; syswrite $to, "question\\n"; my $heard = '';
            sysread STDIN, $heard, 99, length $heard or die while length $heard < 9;
            push @took, time - $since if $n > 50;
        }
        print int(1e6 * (sort { $a <=> $b } @took)[100]), "\\n";
        """

    /// The median round trip, in microseconds, of small messages through two flows.
    private func roundTrip(_ route: Route, _ there: ThereEnd) async throws -> Int {
        let fifo = scratch / "questions"
        try await shell("rm -f $1; mkfifo $1", fifo)
        let session = Session(
            there: there, route: route, producer: ["cat", fifo],
            consumer: ["perl", "-e", Self.asking, fifo], remote: "cat")
        let ending = try await session.run()
        ending.expectSuccess()
        return try #require(Int(ending.text.dropLast()))
    }

    @Test(.alone, arguments: Route.Engine.allCases)
    func `both relays together add less than a millisecond to a small message`(
        engine: Route.Engine
    ) async throws {
        let plain = try await roundTrip(.handOff, .remoteAlone)
        let relayed = try await roundTrip(.relay(.both, engine), .remoteAlone)
        print("round trip by hand-off \(plain) us, by \(engine.rawValue) \(relayed) us")
        // There and back are two messages.
        #expect(relayed - plain < 2 * 1000)
    }
}
