import Glibc
import LinuxSystem
import Plumbing

/// Addresses: each line of the input is one, a network, an endpoint, or the value of
/// `SSH_CONNECTION`.
struct AddressesFuzzer {
    private let lines: [[UInt8]]

    init(_ input: [UInt8]) {
        lines = input.split(separator: 10).map { [UInt8]($0) }
    }

    func run() {
        let texts = lines.map { String(decoding: $0, as: UTF8.self) }
        for text in texts { check(text) }
        let addresses = texts.compactMap { Address($0) }
        let logins = lines.compactMap { SSHConnection($0) }
        for login in logins {
            require(
                SSHConnection([UInt8](login.text.utf8))?.client == login.client, "another login")
        }
        check(addresses, logins)
        for endpoint in texts.compactMap({ Endpoint($0) }) {
            let scoped = Candidates.scoped(endpoint, own: addresses, near: addresses.first)
            require(scoped.port == endpoint.port, "another port")
            require(scoped.address.withoutScope == endpoint.address.withoutScope, "another host")
        }
    }

    private func check(_ text: String) {
        if !text.utf8.contains(UInt8(ascii: "%")) {
            require(Address(text)?.bytes == bytes(of: text), "inet_pton reads '\(text)' otherwise")
        }
        if let address = Address(text) {
            require(Address(address.description) == address, "\(text) is not \(address)")
            let plain = address.withoutScope
            require(bytes(of: plain.description) == plain.bytes, "\(plain) is not an address")
        }
        if let subnet = Subnet(text) {
            require(subnet.contains(subnet.first), "\(subnet) is without its first address")
            require(Subnet(subnet.description) == subnet, "\(text) is not \(subnet)")
        }
        if let endpoint = Endpoint(text) {
            require(Endpoint(endpoint.description) == endpoint, "\(text) is not \(endpoint)")
        }
    }

    /// What the C library takes the text for.
    private func bytes(of text: String) -> [UInt8]? {
        guard !text.utf8.contains(0) else { return nil }
        let isIPv6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        return unsafe inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, &bytes) == 1 ? bytes : nil
    }

    /// One half of the addresses is ours, the other the peer's.
    private func check(_ addresses: [Address], _ logins: [SSHConnection]) {
        let half = addresses.count / 2
        let own = Candidates.Knowledge(
            interfaces: addresses[..<half].enumerated().map {
                InterfaceAddress($1, prefix: $0 * 8, interface: $0 % 2 == 0 ? "eth0" : "docker0")
            }, ssh: nil, networkIdentity: "a")
        for identity in ["a", "b"] {
            let peer = Candidates.Knowledge(
                addresses: [Address](addresses[half...]), ssh: logins.first,
                networkIdentity: identity)
            for listening in Plan.Listening.allCases {
                let found = Candidates(listening, own: own, peer: peer)
                check(found.here, among: own)
                check(found.there, among: peer)
            }
        }
    }

    private func check(_ candidates: [Address], among knowledge: Candidates.Knowledge) {
        require(candidates.count <= 64, "too many to race")
        require(Set(candidates.map { $0.description }).count == candidates.count, "one twice")
        require(!candidates.contains { $0.isNobody }, "nobody")
        require(candidates.allSatisfy(knowledge.addresses.contains), "an address of nobody")
    }
}
