import Foundation
import Testing

/// Somebody on the way who sends back to an end what it said itself.
@Suite(.gated) struct ReflectionTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Connects whoever calls to the port that the file `port` will name, and tells what came back.
    private func mirror() throws -> Run {
        let script = """
            use IO::Socket::INET; use IO::Select; $| = 1; $SIG{PIPE} = 'IGNORE';
            my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 9) or die;
            print $l->sockport, "\\n";
            while (my $caller = $l->accept) {
                print "called\\n"; fork and next;
                my $port; until ($port) { select undef, undef, undef, 0.02;
                    if (open my $in, '<', $ARGV[0]) { $port = <$in> + 0 } }
                my $s = IO::Socket::INET->new("127.0.0.1:$port") or exit;
                my %to = (fileno $caller, $s, fileno $s, $caller);
                my $select = IO::Select->new($caller, $s);
                while ($select->count) { for my $from ($select->can_read) {
                    my $n = sysread $from, my $data, 65536 or exit;
                    print "answered\\n" if $from == $s;
                    syswrite $to{fileno $from}, $data;
                } }
            }
            """
        return try Run(["perl", "-e", script, scratch / "port"])
    }

    /// Both ends listen; the other end's calls go nowhere, and ours to ourselves.
    @Test(arguments: Way.direct)
    func `our own proof does not let us in`(way: Way) async throws {
        let mirror = try mirror()
        try #require(await eventually { !mirror.outputSoFar.isEmpty }, "\(mirror.errorSoFar)")
        let port = String(decoding: mirror.outputSoFar, as: UTF8.self).dropLast()
        let script = """
            tee "$0" | sed -u 's/ dial=[^ ]*/ dial=127.0.0.1:9/g' | "$@" |
            sed -u '/^listening/s/ endpoint=.*/ endpoint=127.0.0.1:\(port)/'
            """
        let run = try Session(
            there: way.there, route: way.route, producer: "echo secret data", consumer: "cat",
            login: ["sh", "-c", script, scratch / "told"] + "env", remote: "cat",
            options: "--listen auto -t 3"
        ).start()
        var own: Substring?
        let ours = try await eventually {
            let port = /dial=[^ ]*\b127\.0\.0\.1:(\d+)/
            own = scratch.text("told")?.firstMatch(of: port)?.1
            return own != nil
        }
        #expect(ours, "\(run.errorSoFar)")
        try scratch.write(String(try #require(own)), to: "port")
        let ending = try await run.ending()
        #expect([124, 125].contains(ending.status))
        #expect(ending.output.isEmpty)
        mirror.mark.killAll()
        let said = try await mirror.ending().text
        #expect(said.contains("called"))
        #expect(!said.contains("answered"))
    }
}
