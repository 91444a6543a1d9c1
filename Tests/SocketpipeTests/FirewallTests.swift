import Foundation
import Testing

/// Rendezvous past firewalls and address translation, in namespaces (faults 9–11).
@Suite(.gated) struct FirewallTests {
    /// Refuses or drops what others want to connect to.
    private static func closed(_ verdict: String) -> String {
        """
        table inet t { chain i { type filter hook input priority 0;
        iif lo accept
        tcp flags & (syn|ack) == syn \(verdict)
        }
        }
        """
    }

    private static let verdicts = ["reject with tcp reset", "reject", "drop"]

    @Test(.tries(.refusedConnection, .droppedConnection), .needsRoot, arguments: verdicts, [0, 1])
    func `one closed end leaves the other direction`(verdict: String, end: Int) async throws {
        try await Network.of(2) { hosts in
            try await hosts[end].filter(Self.closed(verdict))
            for way in Way.direct {
                let session = Session(
                    there: way.there, route: way.route, producer: "echo hi", consumer: "cat",
                    login: hosts[1].enter, remote: "cat", wrapper: hosts[0].enter)
                let ending = try await session.run()
                #expect(ending.status == 0)
                #expect(ending.text == "hi\n")
                #expect(ending.elapsed < .seconds(6))
                let caller = end == 0 ? "here" : "there"
                #expect(ending.report?.flow("out")?.dialledFrom == caller)
            }
        }
    }

    @Test(
        .tries(.refusedConnection), .needsRoot, arguments: ["reject with tcp reset", "reject"])
    func `two ends that refuse are told at once, with what was tried`(
        verdict: String
    ) async throws {
        try await Network.of(2) { hosts in
            for host in hosts { try await host.filter(Self.closed(verdict)) }
            for way in Way.direct {
                let session = Session(
                    there: way.there, route: way.route, producer: "echo hi",
                    login: hosts[1].enter, remote: "cat", wrapper: hosts[0].enter)
                let ending = try await session.run()
                #expect(ending.status == 125)
                #expect(ending.elapsed < .seconds(6))
                for host in hosts { #expect(ending.error.contains(host.address)) }
                #expect(ending.error.contains("refused") || ending.error.contains("unreachable"))
            }
        }
    }

    @Test(.tries(.droppedConnection), .needsRoot)
    func `two ends that drop everything meet the deadline`() async throws {
        try await Network.of(2) { hosts in
            for host in hosts { try await host.filter(Self.closed("drop")) }
            try await Way.eachAtOnce(Way.direct) { way in
                let session = Session(
                    there: way.there, route: way.route, producer: "echo hi",
                    login: hosts[1].enter, remote: "cat", options: "-t 2",
                    wrapper: hosts[0].enter)
                let ending = try await session.run()
                #expect(ending.status == 124)
                #expect(ending.elapsed < .seconds(8))
                for host in hosts { #expect(ending.error.contains(host.address)) }
            }
        }
    }

    @Test(.needsRoot, arguments: ["here", "there"])
    func `a forced direction that is closed is not silently turned round`(
        end: String
    ) async throws {
        try await Network.of(2) { hosts in
            try await hosts[end == "here" ? 0 : 1].filter(Self.closed("reject with tcp reset"))
            let session = Session(
                producer: "echo hi", login: hosts[1].enter, remote: "cat",
                options: ["--listen", end, "-t", "5"], wrapper: hosts[0].enter)
            let ending = try await session.run()
            #expect(ending.status == 125 || ending.status == 124)
        }
    }

    @Test(.needsRoot)
    func `ssh between hosts uses the addresses of the login, over IPv4 and IPv6`() async throws {
        try await Network.of(2) { hosts in
            try await SSHServer.running("ListenAddress \(hosts[1].address6)", in: hosts[1]) {
                server in
                for name in [hosts[1].address, hosts[1].address6] {
                    let config = server.folder / "client"
                    let login: Words = "ssh -F \(config) -o HostName=\(name) four"
                    let session = Session(
                        producer: "echo hi", consumer: "cat", login: login, remote: "cat",
                        wrapper: hosts[0].enter)
                    let ending = try await session.run()
                    #expect(ending.status == 0)
                    let endpoint = ending.report?.flow("out")?.endpointThere
                    #expect(endpoint?.contains(name) == true)
                }
            }
        }
    }

    @Test(.needsRoot)
    func `link-local addresses have the scope of each end`() async throws {
        try await Network.of(2) { hosts in
            // The interfaces bear different names and numbers at the two ends.
            try await hosts[0].shell(
                """
                ip link add d0 type veth peer name d1
                ip link set eth0 down; ip link set eth0 name wan; ip link set wan up
                """)
            try await SSHServer.running("ListenAddress ::", in: hosts[1]) { server in
                let address = try await hosts[1].shell(
                    "ip -6 -o addr show dev eth0 scope link | sed 's,.*inet6 \\(.*\\)/64.*,\\1,'")
                let name = address.filter { !$0.isWhitespace } + "%%wan"
                let login: Words = "ssh -F \(server.folder / "client") -o HostName=\(name) four"
                let connects = try await eventually {
                    try await Run(hosts[0].enter + login + ["true"]).ending().status == 0
                }
                #expect(connects)
                for end in ["here", "there"] {
                    let session = Session(
                        producer: "echo hi", consumer: "cat", login: login, remote: "cat",
                        options: ["--listen", end], wrapper: hosts[0].enter)
                    let ending = try await session.run()
                    #expect(ending.status == 0)
                    #expect(ending.report?.flow("out")?.endpointThere?.contains("fe80") == true)
                }
            }
        }
    }

    /// Hides the first host behind the address of the second.
    private func translating(
        body: (_ hosts: [Network.Host], _ login: Words) async throws -> Void
    ) async throws {
        try await Network.of(3) { hosts in
            try await hosts[2].shell("ip route del default; ip -6 route del default")
            try await hosts[1].filter(
                """
                table ip t {
                chain p { type nat hook postrouting priority 100; oif eth1 masquerade; }
                chain d { type nat hook prerouting priority -100;
                iif eth1 tcp dport 7000 dnat to \(hosts[0].address):7000
                }
                }
                """)
            try await SSHServer.running(in: hosts[2]) { server in
                try await body(hosts, server.login)
            }
        }
    }

    @Test(.tries(.translatedAddress), .needsRoot)
    func `behind address translation it is we who dial`() async throws {
        try await translating { hosts, login in
            for way in Way.direct {
                let session = Session(
                    there: way.there, route: way.route, producer: "echo hi", consumer: "cat",
                    login: login, remote: "cat", wrapper: hosts[0].enter)
                let ending = try await session.run()
                #expect(ending.status == 0)
                #expect(ending.elapsed < .seconds(6))
                #expect(ending.report?.flow("out")?.dialledFrom == "here")
            }
        }
    }

    @Test(.tries(.translatedAddress), .needsRoot)
    func `-h names the address that translates to ours`() async throws {
        try await translating { hosts, login in
            // The router's address on the far side; its port 7000 is ours.
            let session = Session(
                producer: "echo hi", consumer: "cat", login: login, remote: "cat",
                options: "-h 10.199.1.1 --port 7000-7000 --listen here", wrapper: hosts[0].enter)
            let ending = try await session.run()
            #expect(ending.status == 0)
            #expect(ending.report?.flow("out")?.dialledFrom == "there")
        }
    }

    @Test(.tries(.translatedAddress), .needsRoot)
    func `to listen behind address translation fails with advice`() async throws {
        try await translating { hosts, login in
            let session = Session(
                producer: "echo hi", login: login, remote: "cat",
                options: "--listen here -t 3", wrapper: hosts[0].enter)
            let ending = try await session.run()
            #expect(ending.status == 125 || ending.status == 124)
            #expect(ending.error.contains("-h") || ending.error.contains("--listen"))
        }
    }
}
