import Foundation
import Testing

/// Hosts of a test's own: network namespaces, joined in a row by veth pairs.
///
/// Two hosts are neighbours; of three, the one in the middle routes.
final class Network: Sendable {
    /// A host of the network.
    struct Host: Sendable {
        let name: String
        /// Its address towards the host before it in the row, or towards the next of the first.
        var address: String
        var address6: String

        /// The words that start a command on it.
        var enter: Words { "ip netns exec \(name)" }

        /// Runs a script on it.
        @discardableResult
        func shell(_ script: String) async throws -> String {
            let ending = try await Run(enter + .sh("set -e; " + script)).ending()
            guard ending.status == 0 else { throw Failure("\(script): \(ending.testDescription)") }
            return ending.text
        }

        /// Loads rules into a table `t` of its own.
        func filter(_ rules: String) async throws {
            try await shell("nft -f - <<'END'\n\(rules)\nEND")
        }

        /// Cuts or joins the link; the IPv4 address stays.
        func setLink(up: Bool) async throws {
            try await shell("ip link set dev eth0 \(up ? "up" : "down")")
        }
    }

    let hosts: [Host]

    /// Why there can be no such hosts, if that is so; asked once, for root has not always the right.
    static let refusal: String? = {
        guard Program.isRoot else { return "network namespaces need root" }
        let script = """
            ip netns add "$1" || exit; ip -n "$1" link add veth0 type veth peer name veth1; status=$?
            ip netns del "$1"; exit $status
            """
        do {
            let said = try Said(.sh(script, "s\(getpid())try"))
            return said.exit == .status(0) ? nil : "no network namespaces here: \(said.error.tail)"
        } catch {
            return "no network namespaces here: \(error)"
        }
    }()

    private init(count: Int) {
        let tag = UUID().uuidString.prefix(4).lowercased()
        hosts = (0..<count).map { number in
            let place = number == 0 ? "0.1" : "\(number - 1).2"
            return Host(
                name: "s\(getpid())\(tag)\(number)", address: "10.199.\(place)",
                address6: number == 0 ? "fd99:1::1" : "fd99:\(number)::2")
        }
    }

    /// Gives a network to a body of a test and removes it afterwards, whatever happens.
    static func of(
        _ count: Int, body: ([Host]) async throws -> Void
    ) async throws {
        let network = Network(count: count)
        do {
            try await network.build()
            try await body(network.hosts)
        } catch {
            await network.remove()
            throw error
        }
        await network.remove()
    }

    /// In each host `eth0` is the link to the host before it, or the first one's only link;
    /// `eth1` is the router's to the host after it.
    private func build() async throws {
        for host in hosts {
            try await SocketpipeTests.shell(
                "ip netns add $1; ip -n $1 link set lo up", host.name)
            try await host.shell(
                "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0")
        }
        for (number, host) in hosts.enumerated().dropFirst() {
            let before = hosts[number - 1].name
            let end = number == 1 ? "eth0" : "eth1"
            try await SocketpipeTests.shell(
                """
                ip -n $1 link add \(end) type veth peer name eth0 netns $2
                ip -n $1 addr add 10.199.\(number - 1).1/24 dev \(end)
                ip -n $1 addr add fd99:\(number)::1/64 dev \(end) nodad
                ip -n $2 addr add 10.199.\(number - 1).2/24 dev eth0
                ip -n $2 addr add fd99:\(number)::2/64 dev eth0 nodad
                ip -n $1 link set \(end) up; ip -n $2 link set eth0 up
                """, before, host.name)
        }
        if hosts.count == 3 {
            try await hosts[1].shell(
                "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
            try await hosts[0].shell(
                "ip route add default via 10.199.0.2; ip route add default via fd99:1::2")
            try await hosts[2].shell(
                "ip route add default via 10.199.1.1; ip route add default via fd99:2::1")
        }
    }

    /// Deletes the namespaces; one that is in use would live on, so its processes are ended.
    private func remove() async {
        for host in hosts {
            _ = try? await SocketpipeTests.shell(
                "for pid in $(ip netns pids $1); do kill -9 $pid; done; ip netns del $1",
                host.name)
        }
    }
}

extension Trait where Self == ConditionTrait {
    static var needsRoot: ConditionTrait {
        .enabled(if: Network.refusal == nil, "\(Network.refusal ?? "")")
    }

    static var needsLongRun: ConditionTrait {
        .enabled(if: Program.runsLong, "takes minutes; SOCKETPIPE_TEST_LONG=1 runs it")
    }
}
