import Foundation
import Testing

/// Hosts with several addresses, of which only some lead to the other one, in namespaces.
@Suite(.gated) struct ManyAddressTests {
    /// A session whose login came by these addresses, as sshd there would tell it.
    private func session(
        _ hosts: [Network.Host], login: (from: String, to: String)? = nil, options: Words = []
    ) -> Session {
        let connection = login.map { "SSH_CONNECTION=\($0.from) 50000 \($0.to) 22" }
        return Session(
            producer: "echo hi", consumer: "cat",
            login: hosts[1].enter + (connection.map { ["env", $0] } ?? []), remote: "cat",
            options: options, wrapper: hosts[0].enter)
    }

    /// Adds a second link, `slow0` at both ends.
    private func linkTwice(_ hosts: [Network.Host]) async throws {
        try await shell(
            """
            ip -n $1 link add slow0 type veth peer name slow0 netns $2
            ip -n $1 addr add 10.77.0.1/24 dev slow0; ip -n $2 addr add 10.77.0.2/24 dev slow0
            ip -n $1 link set slow0 up; ip -n $2 link set slow0 up
            """, hosts[0].name, hosts[1].name)
    }

    @Test(.needsRoot, arguments: ["ip", "ip6"], ["drop", "reject"])
    func `if only one family is open the data takes it, and that is told`(
        closed: String, verdict: String
    ) async throws {
        try await Network.of(2) { hosts in
            for host in hosts {
                try await host.filter(
                    """
                    table inet t { chain i { type filter hook input priority 0;
                    meta nfproto \(closed == "ip" ? "ipv4" : "ipv6") meta l4proto tcp \(verdict)
                    }
                    }
                    """)
            }
            let names = hosts.map { closed == "ip" ? $0.address : $0.address6 }
            let ending = try await session(hosts, login: (names[0], names[1])).run()
            ending.expectSuccess()
            #expect(ending.text == "hi\n")
            let place = try #require(ending.report?.flow("out")?.endpointThere)
            #expect(place.contains(closed == "ip" ? hosts[1].address6 : hosts[1].address))
            #expect(!ending.error.contains("not over the network of the login"), "it is the same")
        }
    }

    @Test(.needsRoot)
    func `a dozen bridges before the link that works do not hide it`() async throws {
        try await Network.of(2) { hosts in
            // The interfaces are in the order in which they came to be.
            try await shell("ip -n $1 link del eth0", hosts[0].name)
            for (number, host) in hosts.enumerated() {
                try await host.shell(
                    """
                    for i in 17 18 19 20 21 22 23 24 25; do
                        ip link add b$i type veth peer name c$i
                        ip addr add 172.$i.0.1/16 dev b$i; ip link set b$i up
                        ip addr add 10.\(100 + number).$i.1/24 dev c$i; ip link set c$i up
                    done
                    """)
            }
            try await shell(
                """
                ip -n $1 link add eth0 type veth peer name eth0 netns $2
                ip -n $1 addr add 10.199.0.1/24 dev eth0; ip -n $2 addr add 10.199.0.2/24 dev eth0
                ip -n $1 link set eth0 up; ip -n $2 link set eth0 up
                """, hosts[0].name, hosts[1].name)
            for end in ["here", "there"] {
                let ending = try await session(hosts, options: ["--listen", end]).run()
                ending.expectSuccess()
                #expect(ending.report?.flow("out")?.endpointThere?.contains("10.199.0.2") == true)
            }
        }
    }

    @Test(.needsRoot)
    func `the network of the login goes before a faster answer on another`() async throws {
        try await Network.of(2) { hosts in
            try await linkTwice(hosts)
            // On the login's network only the other end may be called, which takes longer.
            try await hosts[0].filter(
                """
                table inet t { chain i { type filter hook input priority 0;
                iif slow0 tcp flags & (syn|ack) == syn reject with tcp reset
                }
                }
                """)
            let login = (from: "10.77.0.1", to: "10.77.0.2")
            let near = try await session(hosts, login: login).run()
            near.expectSuccess()
            #expect(near.report?.flow("out")?.endpointThere?.contains("10.77.0.2") == true)
            try await hosts[1].shell("ip link set slow0 down")
            let far = try await session(hosts, login: login).run()
            #expect(far.status == 0, "\(far.testDescription)")
            #expect(far.error.contains("not over the network of the login"))
            #expect(far.report?.flow("out")?.endpointThere?.contains(hosts[1].address) == true)
        }
    }

    @Test(.needsRoot, arguments: ["10.77.0.0/24", "slow0"])
    func `--network is where the data goes, or the session fails`(network: String) async throws {
        try await Network.of(2) { hosts in
            try await linkTwice(hosts)
            let login = (from: hosts[0].address, to: hosts[1].address)
            let limited = session(hosts, login: login, options: ["--network", network, "-t", "20"])
            let ending = try await limited.run()
            ending.expectSuccess()
            let flow = try #require(ending.report?.flow("out"))
            #expect(flow.endpointThere?.contains("10.77.0.2") == true)

            func expectFailure(_ sentence: String, within seconds: Int = 20) async throws {
                var limited = limited
                limited.options = ["--network", network, "-t", "\(seconds)"]
                let ending = try await limited.run()
                #expect(ending.status == 125, "\(ending.testDescription)")
                #expect(ending.text == "")
                #expect(ending.error.contains(sentence), "\(ending.error)")
                #expect(!ending.error.contains(hosts[1].address))
                #expect(!["--via", "-h,", "--address"].contains { ending.error.contains($0) })
            }
            for verdict in ["reject with tcp reset", "drop"] {
                for host in hosts {
                    try await host.filter(
                        """
                        table inet t; delete table inet t
                        table inet t { chain i { type filter hook input priority 0;
                        iif slow0 tcp flags & (syn|ack) == syn \(verdict)
                        }
                        }
                        """)
                }
                let isSilent = verdict == "drop"
                try await expectFailure(
                    "the two ends \(isSilent ? "did not meet" : "cannot reach each other") "
                        + "over the network ", within: isSilent ? 1 : 20)
            }
            try await hosts[1].shell("ip link set slow0 down")
            try await expectFailure("the other host has no address in the network ")
            try await hosts[0].shell("ip link set slow0 down")
            try await expectFailure(
                network == "slow0"
                    ? "this host has no interface 'slow0' that is up and has an address"
                    : "this host has no address in the network 10.77.0.0/24")
        }
    }

    @Test(.needsRoot)
    func `an address of -h that cannot be used is an error, not another network`() async throws {
        try await Network.of(2) { hosts in
            try await linkTwice(hosts)
            let login = (from: "10.77.0.1", to: "10.77.0.2")
            let named = session(hosts, login: login, options: ["-h", hosts[0].address])
            let good = try await named.run()
            good.expectSuccess()
            #expect(good.report?.flow("out")?.dialledFrom == "there")
            try await hosts[1].shell("ip link set eth0 down")
            let bad = try await named.run()
            #expect(bad.status == 125, "\(bad.testDescription)")
            #expect(bad.error.contains("\(hosts[0].address):") && bad.text == "")
            #expect(!bad.error.contains("10.77.0"))
            let silent = """
                table inet t { chain i { type filter hook input priority 0; iif eth0 drop; }; }
                """
            try await hosts[1].shell("ip link set eth0 up")
            for host in hosts { try await host.filter(silent) }
            let unanswered = try await session(
                hosts, options: ["-t", "1", "-h", hosts[0].address]
            ).run()
            #expect(unanswered.status == 125, "\(unanswered.testDescription)")
            #expect(unanswered.error.contains("did not meet at the address of -h within 1 s"))
            let own = try await session(hosts, options: "-h 127.0.1.1").run()
            #expect(own.status == 125)
            #expect(own.error.contains("'127.0.1.1', given with -h, is 127.0.1.1, which only"))
        }
    }

    @Test(.needsRoot)
    func `two hosts with the same address meet by another, or are told`() async throws {
        try await Network.of(2) { hosts in
            for host in hosts {
                try await host.shell(
                    """
                    sysctl -qw net.ipv6.conf.all.disable_ipv6=1
                    ip addr flush dev eth0; ip addr add 10.9.0.5/24 dev eth0
                    """)
            }
            let same = try await session(hosts).run()
            #expect(same.status == 125, "\(same.testDescription)")
            #expect(same.error.contains("both hosts have the address 10.9.0.5"))
            for (number, host) in hosts.enumerated() {
                try await host.shell("ip addr add 169.254.1.\(number + 1)/16 dev eth0")
            }
            let other = try await session(hosts).run()
            other.expectSuccess()
            #expect(other.report?.flow("out")?.endpointThere?.contains("169.254.1.2") == true)
        }
    }
}
