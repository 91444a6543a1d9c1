import Foundation
import Testing

/// Somebody on the way adds bytes to a stream, takes some away, or ends it.
@Suite(.gated) struct AlteredStreamTests {
    /// Gives a host of its own to a body, on which a man in the middle does something to whatever
    /// goes to port 7000.
    private func withProxy(
        _ deed: String, body: (Network.Host) async throws -> Void
    ) async throws {
        try await Network.of(1) { hosts in
            let host = hosts[0]
            try await host.shell("sysctl -qw net.ipv6.conf.all.disable_ipv6=1")
            try await host.filter(
                """
                table ip t { chain o { type nat hook output priority -100;
                tcp dport 7000 meta mark != 7 redirect to :7001; }
                }
                """)
            let proxy = try Stranger.proxy(deed, on: host)
            let ready = try await eventually { !proxy.outputSoFar.isEmpty }
            #expect(ready, "\(proxy.errorSoFar)")
            try await body(host)
            proxy.mark.killAll()
            _ = try await proxy.ending()
        }
    }

    /// Of a sealed stream an end knows what was done to it.
    private func expectFound(_ deed: String, in ending: Ending) {
        switch deed {
        case "pass": break
        case "add", "drop":
            #expect(ending.status == 121)
            #expect(ending.error.contains("was altered on its way"), "\(ending)")
        default:
            #expect(ending.status == 122, "\(ending)")
        }
    }

    @Test(
        .tries(.alteredStream), .needsRoot, arguments: ["pass", "add", "drop", "end", "reset"],
        Direction.allCases)
    func `bytes added or missing on the way are never a success`(
        deed: String, direction: Direction
    ) async throws {
        let sum = try await shell("yes | head -c 3000000 | cksum")
        try await withProxy(deed) { host in
            for way in Way.direct {
                // What goes on after each of them may do so for long: see ReconnectTests.
                if way.route == .kept, ["end", "reset"].contains(deed) { continue }
                let ending = try await Session(
                    direction, from: .sh("yes | head -c 3000000"), to: "cksum", way,
                    options: "--listen here --port 7000-7000 --stall 10", wrapper: host.enter
                ).run()
                #expect(ending.exit != .overran, "\(way)")
                #expect((ending.status == 0) == (deed == "pass"), "\(way)")
                if ending.status == 0 { #expect(ending.text == sum, "\(way)") }
                if way.route == .sealed { expectFound(deed, in: ending) }
            }
        }
    }
}
