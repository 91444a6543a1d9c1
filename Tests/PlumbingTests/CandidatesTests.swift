import LinuxSystem
import Testing

@testable import Plumbing

/// Who listens where, from what both ends know.
@Suite struct CandidatesTests {
    private func addresses(_ texts: [String]) -> [Address] { texts.compactMap { Address($0) } }

    private func knowledge(
        _ texts: [String], ssh: String? = nil, network: String = ""
    ) -> Candidates.Knowledge {
        Candidates.Knowledge(
            addresses: addresses(texts), ssh: ssh.flatMap { SSHConnection([UInt8]($0.utf8)) },
            networkIdentity: network)
    }

    /// What each end listens on, as text.
    private func chosen(
        _ listening: Plan.Listening, _ own: Candidates.Knowledge, _ peer: Candidates.Knowledge,
        hosts: [String]? = nil
    ) -> [[String]] {
        let found = Candidates(
            listening, own: own, peer: peer, hosts: hosts.map { addresses($0) })
        return [found.here, found.there].map { $0.map { $0.description } }
    }

    private let us = ["127.0.0.1", "192.0.2.1", "10.0.0.1", "::1", "2001:db8::1", "fe80::1%2"]
    private let them = ["127.0.0.1", "192.0.2.2", "10.0.0.2", "::1", "2001:db8::2", "fe80::2%7"]
    private let ssh = "192.0.2.1 50000 192.0.2.2 22"

    @Test(
        arguments: [
            (.auto, [["192.0.2.1"], ["192.0.2.2"]]), (.here, [["192.0.2.1"], []]),
            (.there, [[], ["192.0.2.2"]]),
        ] as [(Plan.Listening, [[String]])])
    func `the two addresses of the login are used where they are the ends' own`(
        listening: Plan.Listening, wanted: [[String]]
    ) {
        #expect(chosen(listening, knowledge(us), knowledge(them, ssh: ssh)) == wanted)
    }

    @Test(
        arguments: [
            (.auto, [[], ["192.0.2.2"]]),
            (.here, [["192.0.2.1", "10.0.0.1", "2001:db8::1"], []]),
            (.there, [[], ["192.0.2.2"]]),
        ] as [(Plan.Listening, [[String]])])
    func `behind address translation we listen only on request`(
        listening: Plan.Listening, wanted: [[String]]
    ) {
        let translated = knowledge(them, ssh: "198.51.100.9 50000 192.0.2.2 22")
        #expect(chosen(listening, knowledge(us), translated) == wanted)
    }

    @Test func `a server's address that is not its own is replaced by its own`() {
        let forwarded = knowledge(them, ssh: "192.0.2.1 50000 198.51.100.9 22")
        #expect(
            chosen(.auto, knowledge(us), forwarded)
                == [["192.0.2.1"], ["192.0.2.2", "10.0.0.2", "2001:db8::2"]])
    }

    @Test func `a login over IPv6 and one mapped into it are known in their own families`() {
        let six = knowledge(them, ssh: "2001:db8::1 50000 2001:db8::2 22")
        #expect(chosen(.auto, knowledge(us), six) == [["2001:db8::1"], ["2001:db8::2"]])
        let mapped = knowledge(them, ssh: "::ffff:192.0.2.1 50000 ::ffff:192.0.2.2 22")
        #expect(chosen(.auto, knowledge(us), mapped) == [["192.0.2.1"], ["192.0.2.2"]])
    }

    @Test func `a link-local login is listened on through each end's own interface`() {
        let local = knowledge(them, ssh: "fe80::1%eth0 50000 fe80::2%wlan0 22")
        #expect(chosen(.auto, knowledge(us), local) == [["fe80::1%2"], ["fe80::2%7"]])
    }

    @Test func `without a login's addresses both ends offer theirs`() {
        let wanted = [
            ["192.0.2.1", "10.0.0.1", "2001:db8::1"], ["192.0.2.2", "10.0.0.2", "2001:db8::2"],
        ]
        #expect(chosen(.auto, knowledge(us), knowledge(them)) == wanted)
        #expect(chosen(.here, knowledge(us), knowledge(them)) == [wanted[0], []])
        #expect(chosen(.there, knowledge(us), knowledge(them)) == [[], wanted[1]])
    }

    @Test func `a connection that is our own one too was only inherited`() {
        let own = knowledge(us, ssh: ssh)
        // As in `-l { env }` inside a login: it says how we came here, not how there did.
        let wanted = chosen(.auto, knowledge(us), knowledge(them))
        #expect(chosen(.auto, own, knowledge(them, ssh: ssh)) == wanted)
        let other = knowledge(them, ssh: "192.0.2.1 50001 192.0.2.2 22")
        #expect(chosen(.auto, own, other) == [["192.0.2.1"], ["192.0.2.2"]])
    }

    @Test func `loopback is offered on the same stack alone, and then nothing else`() {
        let (own, peer) = (knowledge(us, network: "b/1"), knowledge(us, network: "b/1"))
        #expect(chosen(.auto, own, peer) == [["127.0.0.1", "::1"], ["127.0.0.1", "::1"]])
        for network in ["b/2", "c/1", ""] {
            let found = chosen(.auto, own, knowledge(us, network: network))
            #expect(!found.joined().contains { $0 == "127.0.0.1" || $0 == "::1" })
            #expect(!found.joined().isEmpty)
        }
        // Nobody knows: not the same.
        #expect(!chosen(.auto, knowledge(us), knowledge(us)).joined().contains("127.0.0.1"))
    }

    @Test func `a login over loopback counts on the same stack alone`() {
        let loopback = "127.0.0.1 50000 127.0.0.1 22"
        let same = chosen(
            .auto, knowledge(us, network: "b/1"), knowledge(us, ssh: loopback, network: "b/1"))
        #expect(same == [["127.0.0.1"], ["127.0.0.1"]])
        // A tunnel ends in its loopback: we do not know our address, it knows its own.
        let tunnel = chosen(
            .auto, knowledge(us, network: "b/1"), knowledge(them, ssh: loopback, network: "b/2"))
        #expect(tunnel == [[], ["192.0.2.2", "10.0.0.2", "2001:db8::2"]])
    }

    @Test func `the host of -h is listened on where it is ours, else every address of its family`()
    {
        let peer = knowledge(them, ssh: ssh)
        func here(_ hosts: [String]) -> [String] {
            chosen(.here, knowledge(us), peer, hosts: hosts)[0]
        }
        #expect(here(["10.0.0.1"]) == ["10.0.0.1"])
        #expect(here(["198.51.100.9"]) == ["0.0.0.0"])
        #expect(here(["2001:db8::99"]) == ["::"])
        #expect(here(["fe80::1"]) == ["fe80::1%2"])
        #expect(here(["10.0.0.1", "2001:db8::99"]) == ["10.0.0.1", "::"])
        #expect(chosen(.auto, knowledge(us), peer, hosts: ["10.0.0.1"])[1] == ["192.0.2.2"])
        #expect(chosen(.there, knowledge(us), peer, hosts: ["10.0.0.1"]) == [[], ["192.0.2.2"]])
    }

    @Test func `nobody and link-local addresses are offered last or never`() {
        let odd = ["0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1", "127.0.0.1"]
        let local = ["fe80::1%2", "169.254.0.1"]
        #expect(chosen(.here, knowledge(odd), knowledge([])) == [[], []])
        #expect(chosen(.here, knowledge(odd + local), knowledge([])) == [local, []])
        let wide = knowledge(odd + local + ["192.0.2.1"])
        #expect(chosen(.here, wide, knowledge([])) == [["192.0.2.1"], []])
    }

    @Test func `at most eight addresses of an end are raced`() {
        let many = (1...20).map { "192.0.2.\($0)" }
        let found = chosen(.auto, knowledge(many), knowledge(many))
        #expect(found == [[String](many.prefix(8)), [String](many.prefix(8))])
        let loopbacks = (1...20).map { "127.0.0.\($0)" }
        let same = chosen(
            .auto, knowledge(loopbacks, network: "b"), knowledge(loopbacks, network: "b"))
        #expect(same.allSatisfy { $0.count <= 8 })
    }

    @Test(
        arguments: [
            ("[fe80::9]:5", "fe80::1", "[fe80::9%2]:5"),
            ("[fe80::9]:5", "192.0.2.1", "[fe80::9%2]:5"),
            ("[fe80::9%4]:5", "fe80::1", "[fe80::9%4]:5"),
            ("[2001:db8::9]:5", "fe80::1", "[2001:db8::9]:5"),
            ("169.254.0.9:5", "fe80::1", "169.254.0.9:5"),
            ("[fe80::9]:5", "fe80::3", "[fe80::9%5]:5"),
        ])
    func `a link-local endpoint is reached through the interface of the login`(
        endpoint: String, near: String, wanted: String
    ) throws {
        let scoped = Candidates.scoped(
            try #require(Endpoint(endpoint)), own: addresses(us + ["fe80::3%5"]),
            near: Address(near))
        #expect(scoped.description == wanted)
    }

    @Test func `a link-local endpoint stays as it is where we have no such address`() throws {
        let endpoint = try #require(Endpoint("[fe80::9]:5"))
        #expect(Candidates.scoped(endpoint, own: addresses(["192.0.2.1"]), near: nil) == endpoint)
    }
}
