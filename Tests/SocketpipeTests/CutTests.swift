import Foundation
import Testing

/// The network between two hosts goes, for a while or for good (FAULTS 18, 19, 36).
@Suite(.gated) struct CutTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Starts an endless session from the first host to the second, over ssh.
    private func endless(
        from hosts: [Network.Host], to server: SSHServer, _ way: Way
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

    @Test(.tries(.cutNetwork), .needsRoot, arguments: Way.usual.prefix(3))
    func `a cut network ends both ends within the stall limit`(way: Way) async throws {
        try await Network.of(2) { hosts in
            try await SSHServer.running(in: hosts[1]) { server in
                let run = try await endless(from: hosts, to: server, way)
                try await hosts[1].setLink(up: false)
                let ending = try await run.ending(within: .seconds(40))
                #expect(ending.status == 122)
                #expect(ending.elapsed < .seconds(25))
                #expect(ending.complaints.contains { $0.contains("nothing was heard") })
                #expect(scratch.text("status") != "0\n")
            }
        }
    }

    @Test(.tries(.goneHost), .needsRoot, arguments: Way.usual.prefix(3))
    func `a host that goes without a word is noticed`(way: Way) async throws {
        try await Network.of(2) { hosts in
            let server = try await SSHServer(in: hosts[1])
            let run = try await endless(from: hosts, to: server, way)
            // No reset may tell of it.
            try await hosts[1].filter(
                """
                table inet t {
                chain i { type filter hook input priority 0; drop; }
                chain o { type filter hook output priority 0; drop; }
                }
                """)
            try await shell(
                "for pid in $(ip netns pids $1); do kill -9 $pid || :; done", hosts[1].name)
            let ending = try await run.ending(within: .seconds(40))
            #expect(ending.status == 122)
            #expect(ending.elapsed < .seconds(25))
            try? await server.stop()
        }
    }

    @Test(.tries(.healedLink), .needsRoot, arguments: Way.usual.prefix(3))
    func `a link that heals costs nothing but time`(way: Way) async throws {
        let seconds = Program.runsLong ? 90 : 6
        try await Network.of(2) { hosts in
            try await SSHServer.running(in: hosts[1]) { server in
                let run = try Session(
                    there: way.there, route: way.route,
                    producer: .sh(
                        """
                        yes | head -c 30000000; until [ -e $1 ]; do sleep .02; done
                        yes | head -c 30000000
                        """, scratch / "go"),
                    login: server.login,
                    remote: .sh("touch $1; exec cksum", scratch / "running"),
                    wrapper: hosts[0].enter
                ).start()
                let running = try await eventually { scratch.exists("running") }
                #expect(running)
                try await hosts[1].setLink(up: false)
                try scratch.write("", to: "go")
                try await Task.sleep(for: .seconds(seconds))
                #expect(run.isRunning, "\(run.errorSoFar)")
                try await hosts[1].setLink(up: true)
                let ending = try await run.ending(within: .seconds(180))
                #expect(ending.status == 0)
                let sum = try await shell("yes | head -c 60000000 | cksum")
                #expect(ending.text == sum)
            }
        }
    }
}
