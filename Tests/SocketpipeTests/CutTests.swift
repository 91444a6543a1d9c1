import Foundation
import Testing

/// The network between two hosts goes, for a while or for good (faults 18, 19, 36).
@Suite(.gated) struct CutTests {
    /// Starts an endless session from the first host to the second, over ssh; its remote command
    /// notes how its input ended.
    private func endless(
        from hosts: [Network.Host], to server: SSHServer, _ way: Way, in scratch: Scratch
    ) async throws -> Run {
        let run = try Session(
            there: way.there, route: way.route, producer: "cat /dev/zero",
            consumer: .sh("cat >/dev/null"),
            login: server.login,
            remote: .sh(
                "touch $1; exec 3<&0; (cat <&3 >/dev/null; echo $? >$2) & exec cat /dev/zero",
                scratch / "running", scratch / "status"),
            options: "--stall 3", wrapper: hosts[0].enter
        ).start()
        try #require(await eventually { scratch.exists("running") }, "\(run.errorSoFar)")
        return run
    }

    /// Starts one on every route.
    private func endlessOnEach(
        from hosts: [Network.Host], to server: SSHServer
    ) async throws -> [(way: Way, run: Run, scratch: Scratch)] {
        var sessions: [(Way, Run, Scratch)] = []
        for way in Way.each {
            let scratch = try Scratch()
            sessions.append(
                (way, try await endless(from: hosts, to: server, way, in: scratch), scratch))
        }
        return sessions
    }

    @Test(.tries(.cutNetwork), .needsRoot)
    func `a cut network ends both ends within the stall limit`() async throws {
        try await Network.of(2) { hosts in
            try await SSHServer.running(in: hosts[1]) { server in
                let sessions = try await endlessOnEach(from: hosts, to: server)
                let cut = ContinuousClock.now
                try await hosts[1].setLink(up: false)
                for (way, run, scratch) in sessions {
                    let ending = try await run.ending(within: .seconds(40))
                    #expect(ending.status == 122, "\(way)")
                    #expect(cut.duration(to: .now) < .seconds(25), "\(way)")
                    // Whichever is noticed first: the silence of a flow, of the login, or of everything.
                    let isTold = ending.complaints.contains {
                        $0.contains("the other end was silent") || $0.contains("is dead: no answer")
                            || $0.contains("the login was lost, and no other came about")
                    }
                    #expect(isTold, "\(way) \(ending)")
                    #expect(scratch.text("status") != "0\n", "\(way)")
                }
            }
        }
    }

    @Test(.tries(.goneHost), .needsRoot)
    func `a host that goes without a word is noticed`() async throws {
        try await Network.of(2) { hosts in
            let server = try await SSHServer.started(in: hosts[1])
            let sessions = try await endlessOnEach(from: hosts, to: server)
            // No reset may tell of it.
            try await hosts[1].filter(
                """
                table inet t {
                chain i { type filter hook input priority 0; drop; }
                chain o { type filter hook output priority 0; drop; }
                }
                """)
            let gone = ContinuousClock.now
            try await shell(
                "for pid in $(ip netns pids $1); do kill -9 $pid || :; done", hosts[1].name)
            for (way, run, _) in sessions {
                let ending = try await run.ending(within: .seconds(40))
                #expect(ending.status == 122, "\(way)")
                #expect(gone.duration(to: .now) < .seconds(25), "\(way)")
            }
            server.stop()
        }
    }

    @Test(.tries(.healedLink), .needsRoot)
    func `a link that heals costs nothing but time`() async throws {
        let cut = Duration.seconds(Program.runsLong ? 90 : 6)
        let scratch = try Scratch()
        let sum = try await shell("yes | head -c 20000000 | cksum")
        try await Network.of(2) { hosts in
            try await SSHServer.running(in: hosts[1]) { server in
                let half = "yes | head -c 10000000"
                let runs = try Way.each.enumerated().map { number, way in
                    try Session(
                        there: way.there, route: way.route,
                        producer: .sh("\(half); \(scratch.until("go")); \(half)"),
                        consumer: "cksum", login: server.login,
                        remote: .sh("touch $1; exec cat", scratch / "running\(number)"),
                        wrapper: hosts[0].enter
                    ).start()
                }
                for (number, run) in runs.enumerated() {
                    let isRunning = try await eventually { scratch.exists("running\(number)") }
                    try #require(isRunning, "\(run.errorSoFar)")
                }
                try await hosts[1].setLink(up: false)
                try scratch.write("", to: "go")
                try await Task.sleep(for: cut)
                for run in runs { #expect(run.isRunning, "\(run.errorSoFar)") }
                try await hosts[1].setLink(up: true)
                for (way, run) in zip(Way.each, runs) {
                    let ending = try await run.ending(within: .seconds(180))
                    #expect(ending.status == 0, "\(way)")
                    #expect(ending.text == sum, "\(way)")
                }
            }
        }
    }
}
