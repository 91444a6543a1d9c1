import Foundation
import Testing

/// `--rate` bounds what a flow carries; the report tells what the flow waited for.
@Suite(.gated) struct RateTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let routes: [Route] = [
        .handOff, .relay(.both, .splice), .relay(.both, .ring), .relay(.both, .copy),
    ]

    /// 24 MiB at 8 MiB/s take 3 s; even a busy host could move more.
    private static let limit = 8.0 * 1024 * 1024

    @Test(arguments: routes + [.sealed], Direction.allCases)
    func `no flow is faster than --rate`(
        route: Route, direction: Direction
    ) async throws {
        let sender = Words.sh("head -c 24M /dev/zero")
        let reader = Words.sh("cat >/dev/null")
        let ending = try await Session(
            direction, from: sender, to: reader, Way(there: .socketpipe, route: route),
            options: "--rate 8M"
        ).run()
        ending.expectSuccess()
        let flow = try #require(ending.report?.flows?.first)
        let seconds = try #require(flow.seconds)
        let rate = Double(try #require(flow.bytesReceived)) / seconds
        print("--rate 8M, \(route.testDescription), \(direction): \(rate / Self.limit) of it")
        // What the pacing lets go at once at the start, a few segments, comes on top.
        #expect(rate < Self.limit * 1.02 + 512 * 1024 / seconds)
    }

    @Test(.needsCompiler, arguments: Direction.allCases, [Route.handOff, .relay(.both, .splice)])
    func `a rate that the kernel does not keep is refused before anything runs`(
        direction: Direction, route: Route
    ) async throws {
        let source = """
            #include <errno.h>
            #include <linux/filter.h>
            #include <linux/seccomp.h>
            #include <stddef.h>
            #include <sys/prctl.h>
            #include <sys/socket.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            int main(int count, char **words) {
                struct sock_filter lines[] = {
                    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 3),
                    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SO_MAX_PACING_RATE, 0, 1),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                };
                struct sock_fprog filter = {sizeof lines / sizeof *lines, lines};
                if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return 99;
                if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) return 98;
                execvp(words[1], words + 1);
                return 97;
            }
            """
        let file = try scratch.write(source, to: "confine.c")
        try await shell("gcc -O1 -o $1/confine $2", scratch.path, file)
        let ending = try await Session(
            direction, from: ["touch", scratch / "sent"], to: "cat",
            Way(there: .remoteAlone, route: route), options: "--rate 8M",
            wrapper: [scratch / "confine"]
        ).run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        let end = direction == .out ? "here" : "there"
        #expect(ending.error.contains("cannot limit the rate of flow '\(direction)' \(end)"))
        #expect(!scratch.exists("sent"))
    }

    /// One that rests, and one that always has a little on the way.
    private static let slowProducers = [
        "for i in 1 2 3 4 5 6 7 8 9 10; do head -c 100000 /dev/zero; sleep .15; done",
        "for i in $(seq 800); do head -c 10000 /dev/zero; done",
    ]
    private static let slowConsumer = Words.sh(
        "while dd bs=1M count=1 iflag=fullblock 2>/dev/null | grep -q .; do sleep .05; done")

    private func expect(
        _ who: String, _ ending: Ending, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(ending.status == 0, sourceLocation: sourceLocation)
        let bottleneck = try #require(
            ending.report?.flows?.first?.bottleneck, sourceLocation: sourceLocation)
        #expect(bottleneck.who == who, "\(bottleneck)", sourceLocation: sourceLocation)
        let shares = [bottleneck.producer, bottleneck.network, bottleneck.consumer]
        let sum = shares.reduce(0) { $0 + ($1 ?? 0) }
        #expect(abs(sum - 1) < 0.01, "\(bottleneck)", sourceLocation: sourceLocation)
    }

    @Test(arguments: routes, Direction.allCases)
    func `a slow producer is the bottleneck`(
        route: Route, direction: Direction
    ) async throws {
        for producer in Self.slowProducers {
            let session = Session(
                direction, from: .sh(producer), to: .sh("cat >/dev/null"),
                Way(there: .socketpipe, route: route))
            try expect("producer", try await session.run())
        }
    }

    @Test(arguments: routes, Direction.allCases)
    func `a slow consumer is the bottleneck`(
        route: Route, direction: Direction
    ) async throws {
        let session = Session(
            direction, from: .sh("yes | head -c 40M"), to: Self.slowConsumer,
            Way(there: .socketpipe, route: route))
        try expect("consumer", try await session.run())
    }

    /// A relay would have the whole stream in the pipe before its reader.
    @Test(arguments: Direction.allCases)
    func `a reader that begins late is the bottleneck, though all fits into buffers`(
        direction: Direction
    ) async throws {
        let session = Session(
            direction, from: .sh("yes | head -c 1M"), to: .sh("sleep 1; cat >/dev/null"),
            Way(there: .socketpipe, route: .handOff))
        try expect("consumer", try await session.run())
    }

    @Test(.needsRoot, .needsShaping, arguments: routes)
    func `a slow link is the bottleneck`(route: Route) async throws {
        try await Network.of(2) { hosts in
            try await hosts[0].shell(
                "tc qdisc add dev eth0 root tbf rate 80mbit burst 64kb latency 50ms")
            try await SSHServer.running(in: hosts[1]) { server in
                let session = Session(
                    route: route, producer: .sh("head -c 20M /dev/zero"), login: server.login,
                    remote: .sh("cat >/dev/null"), wrapper: hosts[0].enter)
                try expect("network", try await session.run())
            }
        }
    }

    @Test(.needsRoot, .needsShaping, arguments: routes)
    func `a receive buffer that is too small for the path is told apart from its reader`(
        route: Route
    ) async throws {
        // A sender fills the window where neither a queue of its own host nor a pace keeps it back.
        try await Network.of(3) { hosts in
            try await hosts[0].shell("sysctl -qw net.ipv4.tcp_congestion_control=reno")
            try await hosts[1].shell(
                "tc qdisc add dev eth1 root tbf rate 80mbit burst 64kb latency 50ms")
            try await hosts[2].shell("sysctl -qw net.ipv4.tcp_rmem='4096 65536 65536'")
            try await SSHServer.running(in: hosts[2]) { server in
                let ending = try await Session(
                    route: route, producer: .sh("head -c 20M /dev/zero"), login: server.login,
                    remote: .sh("cat >/dev/null"), wrapper: hosts[0].enter
                ).run()
                try expect("network", ending)
                let share = ending.report?.flows?.first?.bottleneck?.receiveBuffer ?? 0
                #expect(share > 0.5, "\(ending.testDescription)")
            }
        }
    }
}

extension Trait where Self == ConditionTrait {
    static var needsShaping: ConditionTrait {
        .enabled("this kernel has no token bucket filter") {
            guard Program.isRoot else { return false }
            let attempt =
                "ip netns add $1; ip -n $1 link set lo up; ip netns exec $1 "
                + "tc qdisc add dev lo root tbf rate 80mbit burst 64kb latency 50ms; s=$?; "
                + "ip netns del $1; exit $s"
            return try await Run(.sh(attempt, "spt\(getpid())tbf")).ending().status == 0
        }
    }
}
