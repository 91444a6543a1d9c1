import Foundation
import Testing

/// The other host is reached by an address that is not its own (`--address`), in namespaces.
@Suite(.gated) struct ForwardedAddressTests {
    /// Hides the third host behind the second, which forwards ports to it; the first has no other
    /// way to it, and takes no calls.
    private func forwarding(_ body: (_ hosts: [Network.Host]) async throws -> Void) async throws {
        try await Network.of(3) { hosts in
            try await hosts[0].shell("ip route del default; ip -6 route del default")
            let there = hosts[2].address
            try await hosts[1].filter(
                """
                table ip t { chain d { type nat hook prerouting priority -100;
                iif eth0 tcp dport { 6000, 6001 } dnat to \(there):tcp dport map { 6000 : 5000, 6001 : 5001 }
                iif eth0 tcp dport 20000-65535 dnat to \(there)
                }
                }
                """)
            try await body(hosts)
        }
    }

    private func session(_ hosts: [Network.Host], _ options: String) -> Session {
        Session(
            producer: "echo hi", consumer: "cat", login: hosts[2].enter, remote: "cat",
            options: Words(stringLiteral: options), wrapper: hosts[0].enter)
    }

    @Test(
        .needsRoot,
        arguments: [
            ("--address 10.199.0.2", 20_000...65_535),
            ("--address 10.199.0.2:6000-6001 --port 5000-5001", 6000...6001),
            ("--address 10.199.0.2:41000-41009 --listen there", 41_000...41_009),
            ("--address 10.199.0.2 --port 42000-42001", 42_000...42_001),
        ])
    func `--address names where the other host is, and its ports`(
        options: String, ports: ClosedRange<Int>
    ) async throws {
        try await forwarding { hosts in
            let ending = try await session(hosts, options).run()
            ending.expectSuccess()
            #expect(ending.text == "hi\n")
            let flow = try #require(ending.report?.flow("out"))
            #expect(flow.endpointThere?.hasPrefix("10.199.0.2:") == true)
            #expect(flow.dialledFrom == "here")
            #expect(ports.contains(try #require(flow.port(of: "there"))))
        }
    }

    @Test(.needsRoot)
    func `without --address, or at the wrong ports, what was tried is told`() async throws {
        try await forwarding { hosts in
            let without = try await session(hosts, "--listen there").run()
            #expect(without.status == 125, "\(without.testDescription)")
            #expect(without.error.contains("\(hosts[2].address):"))
            #expect(without.error.contains("--address"))
            let wrong = try await session(hosts, "--address 10.199.0.2 --port 5000").run()
            #expect(wrong.status == 125, "\(wrong.testDescription)")
            #expect(wrong.error.contains("10.199.0.2:5000 from here: Connection refused"))
        }
    }
}
