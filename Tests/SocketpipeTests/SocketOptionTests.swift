import Foundation
import Testing

/// `--window`, `--congestion` and `--dscp` hold at both ends, or the session does not begin.
@Suite(.gated) struct SocketOptionTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A producer that leaves a trace if it is started.
    private var traced: Words { .sh("touch \"$1\"; echo hi", scratch / "ran") }

    private func expectRefusal(
        _ ending: Ending, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(ending.status == 125, "\(ending.testDescription)", sourceLocation: sourceLocation)
        for part in words {
            #expect(
                ending.error.contains(part), "\(ending.testDescription)",
                sourceLocation: sourceLocation)
        }
        #expect(!scratch.exists("ran"), sourceLocation: sourceLocation)
    }

    @Test(arguments: ThereEnd.allCases, Direction.allCases)
    func `the report tells what the kernel gave at both ends`(
        there: ThereEnd, direction: Direction
    ) async throws {
        let ending = try await Session(
            direction, from: "echo hello", to: "cat", Way(there: there, route: .handOff),
            options: "--window 200k --congestion reno --dscp LE --verbose"
        ).run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        let flow = try #require(ending.report?.flows?.first)
        #expect([flow.sendBufferBytes, flow.receiveBufferBytes] == [409_600, 409_600])
        #expect([flow.congestionControl, flow.congestionControlThere] == ["reno", "reno"])
        #expect(flow.dscp == "LE")
        #expect(ending.error.contains(", congestion control reno, DSCP LE"))
    }

    @Test(.needsRoot, arguments: Direction.allCases)
    func `--dscp marks every packet of the data, both ways, of both families`(
        direction: Direction
    ) async throws {
        try await Network.of(2) { hosts in
            for host in hosts {
                try await host.filter(
                    """
                    table inet t {
                        chain c {
                            type filter hook output priority 0;
                            tcp sport 40000-40009 ip dscp != af21 drop
                            tcp dport 40000-40009 ip dscp != af21 drop
                            tcp sport 40000-40009 ip6 dscp != af21 drop
                            tcp dport 40000-40009 ip6 dscp != af21 drop
                        }
                    }
                    """)
            }
            for address in [hosts[0].address, hosts[0].address6] {
                let session = Session(
                    direction, from: .sh("head -c 3M /dev/zero"),
                    to: .sh("wc -c >\"$1\"", scratch / "n"),
                    Way(there: .socketpipe, route: .handOff), login: hosts[1].enter,
                    options: ["--port", "40000-40009", "--dscp", "AF21", "-h", address],
                    wrapper: hosts[0].enter)
                try await session.run().expectSuccess()
                #expect(scratch.text("n") == "3145728\n")
            }
        }
    }

    @Test func `a congestion control that is missing is refused before anything runs`()
        async throws
    {
        let ending = try await Session(
            producer: traced, remote: "cat", options: "--congestion nosuch"
        ).run()
        expectRefusal(ending, "the kernel here has no congestion control 'nosuch'; it has")
    }

    @Test(.needsRoot, .needsPlainUser, arguments: ["here", "there"])
    func `a window beyond the limit of an ordinary user is refused, and the setting named`(
        end: String
    ) async throws {
        let user = try await PlainUser()
        let setting = end == "here" ? "wmem_max" : "rmem_max"
        let text = try await Run(.sh("cat /proc/sys/net/core/\(setting)")).ending().text
        let window = "\(try #require(Int(text.prefix { $0.isNumber })) + 1024)"
        var session = Session(
            producer: traced, remote: "cat", options: ["--window", window])
        session.copies = user.copies
        if end == "here" { session.wrapper = user.enter } else { session.login = user.enter }
        expectRefusal(
            // That user could not write the report.
            try await session.start(reports: false).ending(), "the kernel \(end) allows a ",
            "as root \(end): sysctl -w net.core.\(setting)=\(window)")
    }

    @Test func `an older end that says nothing of it is refused`() async throws {
        let login = scratch.login(editing: "s/ can=[a-z,]*//", towards: .here)
        let session = Session(
            producer: traced, login: login, remote: "cat", options: "--window 64k")
        expectRefusal(try await session.run(), "cannot set a window (--window)", "--push")
    }
}
