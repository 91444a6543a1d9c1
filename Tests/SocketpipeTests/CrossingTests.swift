import Foundation
import Testing

/// A right proof in the wrong place: another session's, another flow's, another connection's.
@Suite(.gated) struct CrossingTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What a man in the middle does to the two connections of a session.
    enum Deed: String, CaseIterable {
        case nothing, namesOtherFlow, swapsReplies, swapsClosings

        /// What he sees in vain.
        var unseen: [String] {
            switch self {
            case .nothing: []
            case .namesOtherFlow: ["reply", "closing", "moved"]
            case .swapsReplies: ["closing", "moved"]
            case .swapsClosings: ["moved"]
            }
        }
    }

    /// Goes on for every two callers to `port` on loopback, and tells each message that came.
    private func middle(to port: Int, _ deed: Deed) throws -> Run {
        let script = """
            use IO::Socket::INET; use IO::Select; $| = 1; $SIG{PIPE} = 'IGNORE';
            my ($port, $deed) = @ARGV;
            my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 9) or die;
            print $l->sockport, "\\n";
            sub take { my ($count, @from) = @_;
                map { my ($s, $all) = ($_, '');
                    while (length $all < $count) {
                        sysread $s, $all, $count - length $all, length $all or last }
                    $all } @from }
            sub note { my ($word, $count) = (shift, shift);
                print "$word\\n" for grep { length == $count } @_ }
            while (1) {
                my @callers = map { scalar $l->accept } 0 .. 1;
                print "called\\n"; fork and next;
                my @right = map { IO::Socket::INET->new("127.0.0.1:$port") or exit } 0 .. 1;
                my @said = take 55, @callers;
                if ($deed eq 'namesOtherFlow') { substr($_, 6, 1) ^= "\\x03" for @said }
                syswrite $right[$_], $said[$_] for 0 .. 1;
                @said = take 48, @right; note 'reply', 48, @said;
                @said = reverse @said if $deed eq 'swapsReplies';
                syswrite $callers[$_], $said[$_] for 0 .. 1;
                @said = take 32, @callers; note 'closing', 32, @said;
                @said = reverse @said if $deed eq 'swapsClosings';
                syswrite $right[$_], $said[$_] for 0 .. 1;
                my %to = map { (fileno $callers[$_], $right[$_], fileno $right[$_], $callers[$_]) }
                    0 .. 1;
                my $select = IO::Select->new(@callers, @right);
                while ($select->count) { for my $s ($select->can_read) {
                    my $t = $to{fileno $s}; my $n = sysread $s, my $data, 65536;
                    if (!$n) { $select->remove($s); shutdown $t, 1; next }
                    print "moved\\n"; syswrite $t, $data;
                } }
                exit;
            }
            """
        return try Run(["perl", "-e", script, "\(port)", deed.rawValue])
    }

    /// A login that has the other end call a port of our choice.
    private func diverting(to middle: Run) async throws -> Words {
        try #require(await eventually { !middle.outputSoFar.isEmpty }, "\(middle.errorSoFar)")
        let port = String(decoding: middle.outputSoFar, as: UTF8.self).dropLast()
        return .sh("sed -u 's/dial=[^ ]*/dial=127.0.0.1:\(port)/g' | \"$@\"") + "env"
    }

    private func session(
        _ text: Words, there: ThereEnd, login: Words, port: Int, limit: Words = []
    ) -> Session {
        Session(
            there: there, producer: "echo" + text, consumer: "cat", login: login, remote: "cat",
            options: ["-h", "127.0.0.1", "--listen", "here", "--port", "\(port)-\(port)"] + limit)
    }

    private func words(of middle: Run) async throws -> [String] {
        middle.mark.killAll()
        return try await middle.ending().text.split(separator: "\n").dropFirst().map(String.init)
    }

    @Test(arguments: ThereEnd.allCases, Deed.allCases)
    func `a right caller's proof is good for its own flow and connection only`(
        there: ThereEnd, deed: Deed
    ) async throws {
        let port = ListeningSocket.freePort(in: 28_000..<30_000)
        let middle = try middle(to: port, deed)
        let login = try await diverting(to: middle)
        let ending = try await session(
            "secret", there: there, login: login, port: port, limit: "-t 3"
        ).run()
        let said = try await words(of: middle)
        for word in ["reply", "closing", "moved"] {
            #expect(said.contains(word) != deed.unseen.contains(word), "\(word) in \(said)")
        }
        // Who does nothing to them lets them through: it is the deed that keeps them apart.
        #expect(deed == .nothing ? ending.status == 0 : [124, 125].contains(ending.status))
        #expect(ending.text == (deed == .nothing ? "secret\n" : ""))
    }

    @Test(arguments: ThereEnd.allCases)
    func `a caller with one session's secret is a stranger to another`(there: ThereEnd) async throws
    {
        let port = ListeningSocket.freePort(in: 26_000..<28_000)
        let sign = "until [ -e \(scratch / "go") ]; do sleep .02; done"
        let held = Words.sh("exec 3<&0; { \(sign); cat <&3; } | \"$@\"") + "env"
        let run = try session("ours", there: there, login: held, port: port).start()
        let listens = try await eventually { !ListeningSocket.all(of: run).isEmpty }
        #expect(listens, "\(run.errorSoFar)")
        let middle = try middle(to: port, .nothing)
        let login = try await diverting(to: middle)
        let other = try await session(
            "theirs", there: there, login: login, port: port + 2_000, limit: "-t 3"
        ).run()
        #expect([124, 125].contains(other.status))
        #expect(other.output.isEmpty)
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "ours\n")
        let said = try await words(of: middle)
        #expect(Set(said) == ["called"])
    }
}
