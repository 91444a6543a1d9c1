import Foundation
import Testing

/// Urgent bytes, sent by a command or made on the way (KERNEL H29): the kernel counts them like
/// others, so they are read like others, and what lies behind them too.
@Suite(.gated) struct UrgentDataTests {
    /// Writes `head`, `U` as urgent data, and 50,000 bytes more, all at once or with pauses. The pipe
    /// of a relay that seals has no urgent data.
    private static func sender(pausing: Bool) -> Words {
        let pause = pausing ? "select undef, undef, undef, .1;" : ""
        return [
            "perl", "-e",
            """
            use Socket; $| = 1; my $rest = 'x' x 50000;
            print "head\\n"; \(pause)
            send STDOUT, 'U', MSG_OOB or -p STDOUT && syswrite STDOUT, 'U' or die "no socket: $!"; \(pause)
            while (length $rest) { my $n = syswrite STDOUT, $rest or die; substr($rest, 0, $n) = ''; }
            """,
        ]
    }

    private static let content =
        Data("head\nU".utf8) + Data(repeating: UInt8(ascii: "x"), count: 50000)

    private static let options: [Words] = [
        [], "--checksum", "--record 1000", "--record 1000 --buffer 1M", "--buffer 1M",
    ]

    @Test(.tries(.urgentData), arguments: Direction.allCases, Way.all)
    func `urgent data of a command is part of its stream`(
        direction: Direction, way: Way
    ) async throws {
        for (pausing, listener) in [(false, "here"), (true, "there")] {
            try await expectWhole(direction, way, pausing, ["--listen", listener])
        }
    }

    @Test(arguments: Direction.allCases, options)
    func `urgent data is hashed, and kept in records and buffers`(
        direction: Direction, options: Words
    ) async throws {
        for (pausing, way) in zip([false, true, true], [Way.usual[0], Way.usual[2], Way.usual[4]]) {
            let isHashed = options.text == "--checksum"
            let route = isHashed ? Route.handOff : way.route
            try await expectWhole(direction, Way(there: way.there, route: route), pausing, options)
        }
    }

    private func expectWhole(
        _ direction: Direction, _ way: Way, _ pausing: Bool, _ options: Words
    ) async throws {
        let scratch = try Scratch()
        let ending = try await Session(
            direction, from: Self.sender(pausing: pausing),
            to: .sh("cat >$1", scratch / "read"), way, options: options
        ).run()
        #expect(ending.status == 0, "\(way) \(options.text) \(ending.testDescription)")
        #expect(contents(of: scratch / "read") == Self.content, "\(way) \(options.text)")
    }

    @Test(arguments: Direction.allCases, Way.each)
    func `what lies behind urgent data does not look read`(
        direction: Direction, way: Way
    ) async throws {
        let ending = try await Session(
            direction, from: Self.sender(pausing: false),
            to: .sh("dd bs=5 count=1 status=none >/dev/null; sleep .5"), way
        ).run()
        #expect(ending.status == 121, "\(ending.testDescription)")
        #expect(ending.report?.flow("\(direction)")?.complete == false)
    }

    @Test(arguments: Way.each)
    func `our own output gets urgent data as well`(way: Way) async throws {
        let ending = try await Session(
            there: way.there, route: way.route, consumer: "-", remote: Self.sender(pausing: true)
        ).run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(ending.output == Self.content)
    }

    /// Every fifth segment with bytes in it is said to be urgent at its 100th byte.
    private static func urgent(_ hook: String) -> String {
        """
        table ip t { chain c { type filter hook \(hook) priority -10;
        ip length > 200 tcp flags & (fin | syn | rst) == 0 numgen inc mod 5 0 tcp flags set 0x38 \
        tcp urgptr set 100 counter
        }
        }
        """
    }

    @Test(.tries(.urgentData), .needsRoot, arguments: Direction.allCases, Way.each)
    func `a path that says segments are urgent takes nothing away`(
        direction: Direction, way: Way
    ) async throws {
        let sum = try await shell("yes | head -c 300000 | cksum")
        try await Network.of(2) { hosts in
            for host in hosts { try await host.filter(Self.urgent("output")) }
            // A checksum chooses its own route.
            let all: [Words] = way.route == .handOff ? [[], "--checksum"] : [[]]
            for options in all {
                let ending = try await Session(
                    direction, from: .sh("yes | head -c 300000"), to: "cksum", way,
                    login: hosts[1].enter, options: options, wrapper: hosts[0].enter
                ).run()
                #expect(ending.status == 0, "\(way) \(options.text) \(ending.testDescription)")
                #expect(ending.text == sum, "\(way) \(options.text)")
            }
        }
    }
}
