import Foundation
import Testing

/// A box between the ends takes each connection and makes one of its own: a reset on one side is
/// an orderly end on the other, as with the port proxies of containers.
@Suite(.gated) struct MiddleboxTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let box = """
        use IO::Socket::INET; use IO::Select; my ($port, $to) = @ARGV;
        $SIG{CHLD} = 'IGNORE'; $SIG{PIPE} = 'IGNORE';
        my $l = IO::Socket::INET->new(LocalPort => $port, Listen => 9, ReuseAddr => 1) or die;
        $| = 1; print "here\\n";
        while (1) {
            my $c = $l->accept or next; next if fork; close $l;
            my $s = IO::Socket::INET->new(PeerAddr => $to, PeerPort => $port) or exit;
            my %other = ($c => $s, $s => $c); my $all = IO::Select->new($c, $s);
            while ($all->count) { for my $from ($all->can_read) {
                my $count = sysread $from, my $bytes, 65536; my $to = $other{$from};
                if ($count) { my $at = 0; while ($at < $count) {
                    my $n = syswrite($to, $bytes, $count - $at, $at) or last; $at += $n } }
                else { $all->remove($from); shutdown $to, 1 }
            } }
            exit;
        }
        """

    /// Two hosts that reach each other through the box alone.
    private func network(body: ([Network.Host]) async throws -> Void) async throws {
        try await Network.of(3) { hosts in
            try await hosts[1].shell("sysctl -qw net.ipv4.ip_forward=0")
            let box = try Run(
                hosts[1].enter + ["perl", "-e", Self.box, "5000", hosts[0].address])
            try #require(await eventually { !box.outputSoFar.isEmpty }, "\(box.errorSoFar)")
            do {
                try await body(hosts)
            } catch {
                box.mark.killAll()
                throw error
            }
            box.mark.killAll()
            _ = try await box.ending()
        }
    }

    private func session(
        _ direction: Direction, from sender: Words, to reader: Words, _ way: Way,
        _ hosts: [Network.Host]
    ) -> Session {
        Session(
            direction, from: sender, to: reader, way, login: hosts[2].enter,
            options: "--listen here -h 10.199.1.1 --port 5000", wrapper: hosts[0].enter)
    }

    /// A session that goes on for ever; its reader notes how its stream ended, unless it is ended.
    private func endless(
        _ direction: Direction, _ way: Way, _ hosts: [Network.Host]
    ) async throws -> Run {
        try await shell("rm -f $1/running $1/status", scratch.path)
        let reader = Words.sh(
            "trap '' TERM HUP INT; touch $1; cat >/dev/null; echo $? >$2", scratch / "running",
            scratch / "status")
        let run = try session(direction, from: "cat /dev/zero", to: reader, way, hosts).start()
        let isRunning = try await eventually {
            scratch.exists("running") && run.mark.process("cat /dev/zero") != nil
        }
        try #require(isRunning, "\(run.errorSoFar)")
        return run
    }

    /// Of the routes those that relay, where the reader has a pipe.
    private static let relays = Way.direct.filter { $0.route != .handOff }

    @Test(.tries(.middlebox), .needsRoot, arguments: Direction.allCases)
    func `a reader behind a relay sees no end of a stream whose sender was killed`(
        direction: Direction
    ) async throws {
        try await network { hosts in
            for way in Self.relays {
                let run = try await endless(direction, way, hosts)
                try #require(run.mark.process("cat /dev/zero")).send(SIGKILL)
                let ending = try await run.ending(within: .seconds(20))
                #expect(ending.status == 137, "\(way) \(ending)")
                way.route.expectBroken(scratch.text("status"), at: direction.target, "\(way)")
            }
        }
    }

    @Test(.tries(.middlebox), .needsRoot, arguments: Direction.allCases)
    func `nor of one whose whole end was killed`(direction: Direction) async throws {
        try await network { hosts in
            for way in Self.relays {
                let run = try await endless(direction, way, hosts)
                let victim = direction == .out ? Found(pid: run.pid) : run.mark.thereEnd()
                try #require(victim).send(SIGKILL)
                let ending = try await run.ending(within: .seconds(20))
                #expect(ending.exit == (direction == .out ? .signal(SIGKILL) : .status(122)))
                way.route.expectBroken(scratch.text("status"), at: direction.target, "\(way)")
            }
        }
    }

    @Test(.tries(.middlebox), .needsRoot, arguments: Direction.allCases)
    func `by hand-off what its reader saw is told`(direction: Direction) async throws {
        try await network { hosts in
            let run = try await endless(direction, Way.usual[1], hosts)
            try #require(run.mark.process("cat /dev/zero")).send(SIGKILL)
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.status == 137)
            #expect(scratch.text("status") == "0\n")
            #expect(ending.error.contains("may take its data for complete"))
        }
    }

    @Test(.needsRoot, arguments: Direction.allCases)
    func `a whole stream passes it`(direction: Direction) async throws {
        try await network { hosts in
            for way in Way.direct {
                let sender = Words.sh("seq 300000")
                let reader = Words.sh("cksum >$1", scratch / "sum")
                let ending = try await session(direction, from: sender, to: reader, way, hosts)
                    .run()
                ending.expectSuccess()
                #expect(scratch.text("sum") == "2732413854 1988895\n", "\(way)")
            }
        }
    }
}
