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

    /// Ours, each written as `192.0.2.1/24 eth0`.
    private func own(
        _ places: [String], ssh: String? = nil, network: String = ""
    ) -> Candidates.Knowledge {
        Candidates.Knowledge(
            interfaces: places.compactMap { place in
                let words = place.split { $0 == " " || $0 == "/" }.map { String($0) }
                guard let address = Address(words[0]), let length = Int(words[1]) else {
                    return nil
                }
                return InterfaceAddress(address, prefix: length, interface: words[2])
            }, ssh: ssh.flatMap { SSHConnection([UInt8]($0.utf8)) }, networkIdentity: network)
    }

    /// What each end listens on, as text.
    private func chosen(
        _ listening: Plan.Listening, _ own: Candidates.Knowledge, _ peer: Candidates.Knowledge
    ) -> [[String]] {
        let found = Candidates(listening, own: own, peer: peer)
        return [found.here, found.there].map { $0.map { $0.description } }
    }

    private let us = [
        "127.0.0.1/8 lo", "10.0.0.1/24 eth1", "192.0.2.1/24 eth0", "::1/128 lo",
        "2001:db8::1/64 eth0", "fe80::1%2/64 eth0",
    ]
    private let them = ["127.0.0.1", "10.5.0.2", "192.0.2.2", "::1", "2001:db8::2", "fe80::2%7"]
    private let ssh = "192.0.2.1 50000 192.0.2.2 22"
    private let ours = ["192.0.2.1", "2001:db8::1", "10.0.0.1"]
    private let theirs = ["192.0.2.2", "2001:db8::2", "10.5.0.2"]

    @Test(arguments: Plan.Listening.allCases)
    func `the login's addresses come first, then its network, then the others`(
        listening: Plan.Listening
    ) {
        let found = chosen(listening, own(us), knowledge(them, ssh: ssh))
        #expect(found == [listening == .there ? [] : ours, listening == .here ? [] : theirs])
    }

    @Test func `a login by IPv6 has IPv6 first, and one mapped into it IPv4`() {
        let six = knowledge(them, ssh: "2001:db8::1 50000 2001:db8::2 22")
        #expect(chosen(.auto, own(us), six).map { $0.first } == ["2001:db8::1", "2001:db8::2"])
        let mapped = knowledge(them, ssh: "::ffff:192.0.2.1 50000 ::ffff:192.0.2.2 22")
        #expect(chosen(.auto, own(us), mapped).map { $0.first } == ["192.0.2.1", "192.0.2.2"])
    }

    @Test func `a link-local login is listened on through each end's own interface`() {
        let local = knowledge(them, ssh: "fe80::1%eth0 50000 fe80::2%wlan0 22")
        #expect(chosen(.auto, own(us), local).map { $0.first } == ["fe80::1%2", "fe80::2%7"])
    }

    @Test func `behind address translation the network of what was dialled comes first`() {
        let translated = knowledge(them, ssh: "198.51.100.9 50000 192.0.2.2 22")
        let found = chosen(.auto, own(us), translated)
        #expect(found == [ours, theirs])
        #expect(Candidates(.auto, own: own(us), peer: translated).isTranslated)
        for known in [knowledge(them), knowledge(them, ssh: ssh)] {
            #expect(!Candidates(.auto, own: own(us), peer: known).isTranslated)
        }
        let forwarded = knowledge(them, ssh: "192.0.2.1 50000 198.51.100.9 22")
        #expect(chosen(.auto, own(us), forwarded)[1] == theirs, "those near ours")
    }

    @Test func `without a login's addresses the networks that both are on come first`() {
        let wanted = [ours, theirs]
        #expect(chosen(.auto, own(us), knowledge(them)) == wanted)
        #expect(chosen(.here, own(us), knowledge(them)) == [wanted[0], []])
        #expect(chosen(.there, own(us), knowledge(them)) == [[], wanted[1]])
    }

    @Test func `families take turns among those that are alike`() {
        let peer = knowledge(["10.5.0.1", "10.5.0.2", "10.5.0.3", "2001:db8:5::1", "2001:db8:5::2"])
        #expect(
            chosen(.there, own(us), peer)[1]
                == ["10.5.0.1", "2001:db8:5::1", "10.5.0.2", "2001:db8:5::2", "10.5.0.3"])
    }

    @Test func `a connection that is our own one too was only inherited`() {
        // As in `-l { env }` inside a login: it says how we came here, not how there did.
        let wide = "10.0.0.1 50000 10.5.0.2 22"
        let wanted = chosen(.auto, own(us), knowledge(them))
        #expect(chosen(.auto, own(us, ssh: wide), knowledge(them, ssh: wide)) == wanted)
        let other = knowledge(them, ssh: "10.0.0.1 50001 10.5.0.2 22")
        #expect(
            chosen(.auto, own(us, ssh: wide), other).map { $0.first } == ["10.0.0.1", "10.5.0.2"])
    }

    @Test func `what both hosts have leads from neither to the other`() {
        let bridges = (17...25).map { "172.\($0).0.1" }
        let here = own(bridges.map { "\($0)/16 b" } + us)
        let found = chosen(.auto, here, knowledge(bridges + them))
        #expect(found == chosen(.auto, own(us), knowledge(them)))
        #expect(chosen(.auto, own(["10.9.0.5/24 eth0"]), knowledge(["10.9.0.5"])) == [[], []])
        let common = Candidates.common(own(["10.9.0.5/24 eth0"]), knowledge(["10.9.0.5"]))
        #expect(common?.description == "10.9.0.5")
    }

    @Test(arguments: ["docker0", "br-0123456789ab", "virbr0", "veth9", "cni0", "podman1", "lxcbr0"])
    func `a bridge of a container engine comes last, unless the other end is behind it`(
        name: String
    ) {
        let here = own(["172.17.0.1/16 \(name)", "10.0.0.1/24 eth0", "fe80::1%2/64 eth0"])
        let far = chosen(.here, here, knowledge(["10.5.0.2"]))
        #expect(far[0] == ["10.0.0.1", "172.17.0.1"])
        let inside = chosen(.auto, here, knowledge(["10.5.0.2", "172.17.0.2"]))
        #expect(inside.map { $0.first } == ["172.17.0.1", "172.17.0.2"])
        let told = InterfaceAddress.told(
            here.interfaces + own(["fe80::9%4/64 \(name)", "224.0.0.1/4 eth0"]).interfaces)
        #expect(told.map { $0.description } == ["10.0.0.1", "fe80::1%2", "172.17.0.1"])
    }

    @Test(arguments: ["br-lan", "br0", "br-0123456789abc", "bond0", "wg0", "br-0123456789ax"])
    func `another interface is a network like any`(name: String) {
        let here = own(["172.17.0.1/16 \(name)", "fe80::1%2/64 eth0"])
        #expect(chosen(.here, here, knowledge(["10.5.0.2"]))[0] == ["172.17.0.1"])
    }

    @Test func `loopback is offered on the same stack alone, and then nothing else`() {
        let loopback = ["127.0.0.1", "::1"]
        let peer = knowledge(loopback, network: "b/1")
        #expect(chosen(.auto, own(us, network: "b/1"), peer) == [loopback, loopback])
        let others = us.filter { !$0.hasSuffix("lo") }
        for network in ["b/2", "c/1", ""] {
            let found = chosen(.auto, own(us, network: "b/1"), knowledge(them, network: network))
            #expect(!found.joined().contains { loopback.contains($0) })
            #expect(!found.joined().isEmpty)
        }
        // Nobody knows: not the same.
        #expect(!chosen(.auto, own(us), knowledge(them)).joined().contains("127.0.0.1"))
        // Where loopback is down the host's other addresses are left, though both ends have them.
        let down = chosen(
            .here, own(others, network: "b/1"), knowledge(["192.0.2.1"], network: "b/1"))
        #expect(down[0].contains("192.0.2.1"))
    }

    @Test func `a login over loopback counts on the same stack alone`() {
        let loopback = "::1 50000 ::1 22"
        let same = chosen(
            .auto, own(us, network: "b/1"),
            knowledge(["127.0.0.1", "::1"], ssh: loopback, network: "b/1"))
        #expect(same == [["::1", "127.0.0.1"], ["::1", "127.0.0.1"]])
        // A tunnel ends in its loopback: we do not know our address, it knows its own.
        let tunnel = chosen(
            .auto, own(us, network: "b/1"), knowledge(them, ssh: loopback, network: "b/2"))
        #expect(tunnel == chosen(.auto, own(us), knowledge(them)))
    }

    @Test func `the host of -h is listened on where it is ours, else every address of its family`()
    {
        func here(_ hosts: [String]) -> [String] {
            let found = Candidates(own: own(us), hosts: addresses(hosts), isForwarded: false)
            #expect(found.there == [], "an address that was asked for has no other in its place")
            #expect(found.offered == addresses(hosts))
            return found.here.map { $0.description }
        }
        #expect(here(["10.0.0.1"]) == ["10.0.0.1"])
        #expect(here(["198.51.100.9"]) == ["0.0.0.0"])
        #expect(here(["2001:db8::99"]) == ["::"])
        #expect(here(["fe80::1"]) == ["fe80::1%2"])
        #expect(here(["10.0.0.1", "2001:db8::99"]) == ["10.0.0.1", "::"])
    }

    @Test func `where --address names the other end it listens on all of its own`() {
        let found = Candidates(own: own(us), hosts: nil, isForwarded: true)
        #expect(found.here == [])
        #expect(found.there.map { $0.description } == ["0.0.0.0", "::"])
    }

    @Test func `a link's own address is offered where there is no other`() {
        let here = own(["10.9.0.5/24 eth0", "169.254.1.1/16 eth0", "fe80::1%2/64 eth0"])
        let same = chosen(.auto, here, knowledge(["10.9.0.5", "169.254.1.2"]))
        #expect(same == [["169.254.1.1", "fe80::1%2"], ["169.254.1.2"]])
    }

    @Test func `nobody is never offered`() {
        let odd = ["0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1", "127.0.0.1"]
        #expect(chosen(.there, own(us), knowledge(odd)) == [[], []])
        #expect(chosen(.there, own(us), knowledge(odd + ["192.0.2.2"])) == [[], ["192.0.2.2"]])
    }

    @Test func `at most 64 addresses of an end are raced, each once`() {
        let many = (1...200).map { "192.0.2.\($0)" }
        let found = chosen(.there, own(us), knowledge(many + many))[1]
        #expect(found == [String](many.dropFirst().prefix(64)), "but for ours")
    }

    @Test func `what is on the network of the login is known, and of two hosts alone`() {
        let found = Candidates(.auto, own: own(us), peer: knowledge(them, ssh: ssh))
        #expect(
            found.ofLogin.map { $0.description }
                == ["192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2"])
        #expect(Candidates(.auto, own: own(us), peer: knowledge(them)).ofLogin == [])
    }

    @Test(
        arguments: [
            (.subnet("10.0.0.0/8"), ["10.0.0.1"], ["10.5.0.2"]),
            (.interface("eth1"), ["10.0.0.1"], []),
            (.interface("eth0"), ["192.0.2.1", "2001:db8::1"], ["192.0.2.2", "2001:db8::2"]),
            (.interface("wan"), ["fe80::3%5"], ["fe80::2%7"]),
        ] as [(Choice, [String], [String])])
    func `--network leaves both ends the addresses of that network alone`(
        choice: Choice, here: [String], there: [String]
    ) throws {
        let us = own(us + ["fe80::3%5/64 wan"])
        let network = try #require(Network(choice.named, us.interfaces))
        let found = chosen(
            .auto, us.limited(to: network), knowledge(them, ssh: ssh).limited(to: network))
        #expect(found == [here, there])
    }

    @Test func `an interface that is not here is no network`() {
        #expect(Network(.interface("eth"), own(us).interfaces) == nil)
        #expect(Network(.interface("eth00"), own(us).interfaces) == nil)
    }

    enum Choice: Sendable {
        case subnet(String)
        case interface(String)

        var named: Plan.NetworkChoice {
            switch self {
            case .subnet(let text): Subnet(text).map { .subnet($0) } ?? .interface("")
            case .interface(let name): .interface(name)
            }
        }
    }

    @Test(
        arguments: [
            (nil, nil, 5003, "203.0.113.9:5003"), (nil, 5000...5009, 5003, "203.0.113.9:5003"),
            (6000...6009, 5000...5009, 5003, "203.0.113.9:6003"),
            (1...10, 65526...65535, 65535, "203.0.113.9:10"),
            (65526...65535, 1...10, 10, "203.0.113.9:65535"),
        ] as [(ClosedRange<UInt16>?, ClosedRange<UInt16>?, UInt16, String)])
    func `a port there is dialled at the one that leads to it`(
        ports: ClosedRange<UInt16>?, listening: ClosedRange<UInt16>?, port: UInt16, wanted: String
    ) {
        let forwarding = Forwarding(
            addresses(["203.0.113.9"]), ports: ports, listening: listening)
        let places = [Endpoint(.anyIPv4, port: port), Endpoint(.anyIPv6, port: port)]
        #expect(forwarding.endpoints(for: places).map { $0.description } == [wanted])
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
            try #require(Endpoint(endpoint)),
            own: addresses(["192.0.2.1", "fe80::1%2", "fe80::3%5"]),
            near: Address(near))
        #expect(scoped.description == wanted)
    }

    @Test func `a link-local endpoint stays as it is where we have no such address`() throws {
        let endpoint = try #require(Endpoint("[fe80::9]:5"))
        #expect(Candidates.scoped(endpoint, own: addresses(["192.0.2.1"]), near: nil) == endpoint)
    }
}
