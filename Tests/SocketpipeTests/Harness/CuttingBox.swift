import Foundation
import Synchronization
import Testing

/// A box on the way of a session's data, on loopback, that does to it what it is told.
///
/// It needs no right. A box acknowledges what it has not passed on yet; so before it resets or goes
/// silent it takes nothing more (a filter on its socket drops all), and passes on what it had: then
/// the two ends know as much of each other as without a box.
final class CuttingBox: Sendable {
    enum Deed: String, Sendable {
        /// Resets all connections, or one.
        case cut
        case cutOne = "cut one"
        /// Drops all that comes, and answers nothing; `heal` ends that.
        case stall, heal
        /// Resets, with bytes that it had acknowledged and not passed on.
        case swallow
        /// Refuses new connections, or takes them again.
        case refuse, accept
    }

    private let run: Run
    private let port: Int
    private let listeningPort: Int
    private let count = Mutex(0)

    /// The options that lead a session through it.
    var options: Words {
        Words(["--listen", "there", "--address", "127.0.0.1:\(port)", "--port", "\(listeningPort)"])
    }

    private init() throws {
        port = ListeningSocket.freePort(in: 20_000..<24_500)
        listeningPort = ListeningSocket.freePort(in: 24_500..<29_000)
        run = try Run(
            ["perl", "-e", Self.script, "\(port)", "\(listeningPort)"], input: .pipe)
    }

    static func started() async throws -> CuttingBox {
        let box = try CuttingBox()
        guard try await eventually({ box.lines.contains("here") }) else {
            throw Failure("the box does not listen: \(box.run.errorSoFar)")
        }
        return box
    }

    /// How many connections it has taken.
    var connectionCount: Int { lines.count { $0 == "open" } }

    private var lines: [Substring] {
        String(decoding: run.outputSoFar, as: UTF8.self).split(separator: "\n")
    }

    /// Does it, and returns when it is done.
    ///
    /// - Returns: Whether there was a connection to do it to, if it takes one.
    @discardableResult
    func perform(_ deed: Deed) async throws -> Bool {
        run.write(deed.rawValue + "\n")
        let count = count.withLock { count in
            count += 1
            return count
        }
        let isDone = try await eventually { lines.count { $0.hasPrefix("done") } >= count }
        guard isDone else { throw Failure("the box did not \(deed): \(run.errorSoFar)") }
        let isLossless = !lines.contains { $0 == "done with a loss" }
        if !isLossless { throw Failure("the box lost bytes: nobody took them") }
        return lines.filter { $0.hasPrefix("done") }[count - 1] != "done to none"
    }

    func stop() async throws {
        run.closeInput()
        _ = try await run.ending()
    }

    private static let script = """
        use IO::Socket::INET; use Errno; $| = 1; $SIG{PIPE} = 'IGNORE';
        my ($own, $to) = @ARGV; my ($door, @halves, $isLossy); srand $own;
        sub listen_ { $door = IO::Socket::INET->new(
            LocalAddr => "127.0.0.1:$own", Listen => 9, ReuseAddr => 1) or die "listen: $!" }
        sub reset_ { my %is = map { $_ => 1 } @_;
            for my $s (map { ($_->{in}, $_->{out}) } grep { $is{$_} } @halves) {
                defined fileno $s or next;
                setsockopt $s, 1, 13, pack 'II', 1, 0; close $s }
            @halves = grep { !$is{$_} } @halves }
        sub pair { my $pair = $_[0]{pair}; grep { $_->{pair} == $pair } @halves }
        sub take { my $a = $door->accept or return;
            my $b = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$to");
            if (!$b) { setsockopt $a, 1, 13, pack 'II', 1, 0; close $a; return }
            $_->blocking(0) for $a, $b; my $pair = fileno $a; print "open\\n";
            push @halves, { in => $a, out => $b, held => '', pair => $pair, moved => 0 },
                { in => $b, out => $a, held => '', pair => $pair, moved => 0 } }
        sub fetch { my $h = shift; my $n = sysread $h->{in}, $h->{held}, 65536;
            if (defined $n && !$n) { $h->{over} = 1; shutdown $h->{out}, 1 }
            $h->{moved} += $n if $n; $n }
        sub give { my $h = shift; my $n = syswrite $h->{out}, $h->{held};
            substr $h->{held}, 0, $n, '' if $n; $n }
        sub move { my $h = shift;
            my $n = length $h->{held} ? 1 : fetch $h;
            $n = give $h if $n;
            reset_ pair $h if !defined $n && !$!{EAGAIN} }
        # Takes nothing more, and has the rest of it acknowledged.
        sub drain { for my $h (@_) { my $end = time + 8;
            $h->{still} = 1; filter($h->{in}, 26);
            while (time < $end) {
                if (length $h->{held}) {
                    vec(my $w = '', fileno $h->{out}, 1) = 1; select undef, $w, undef, 0.1;
                    defined give $h or $!{EAGAIN} or last; next }
                fetch $h or last }
            my $left = pack 'i', 1;
            while (time < $end) {
                ioctl $h->{out}, 0x5411, $left; unpack 'i', $left or last;
                select undef, undef, undef, 0.002 }
            $isLossy = 1 if length $h->{held} || unpack 'i', $left } }
        sub filter { setsockopt $_[0], 1, $_[1], pack 'Sx6P', 1, pack 'SCCL', 6, 0, 0, 0 }
        # The half of each pair in which the bytes go.
        sub busy { my %best; for my $h (@_) {
            my $b = $best{$h->{pair}}; $best{$h->{pair}} = $h if !$b || $h->{moved} > $b->{moved} }
            values %best }
        my %deeds = (
            'cut' => sub { my @all = @halves; drain busy @all; reset_ @all },
            'cut one' => sub { my @all = pair $halves[rand @halves]; drain busy @all; reset_ @all },
            'swallow' => sub { reset_ my @all = @halves },
            'stall' => sub { my @busy = busy @halves; drain @busy;
                for my $h (@halves) { $h->{still} = 1; filter($h->{in}, 26) } },
            'heal' => sub { for my $h (@halves) { $h->{still} = 0; filter($h->{in}, 27) } },
            'refuse' => sub { close $door; undef $door }, 'accept' => sub { listen_ });
        listen_; print "here\\n";
        while (1) {
            my ($r, $w, $said) = ('', ''); vec($r, 0, 1) = 1; vec($r, fileno $door, 1) = 1 if $door;
            for my $h (@halves) {
                if (length $h->{held}) { vec($w, fileno $h->{out}, 1) = 1 }
                elsif (!$h->{over} && !$h->{still}) { vec($r, fileno $h->{in}, 1) = 1 } }
            select $r, $w, undef, undef;
            for my $h (my @all = @halves) {
                defined fileno $h->{in} or next;
                move $h if length $h->{held} ? vec($w, fileno $h->{out}, 1)
                    : !$h->{over} && !$h->{still} && vec($r, fileno $h->{in}, 1) }
            take if $door && vec($r, fileno $door, 1);
            if (vec($r, 0, 1)) {
                sysread STDIN, $said, 4096 or exit;
                for my $word (split /\\n/, $said) {
                    my $none = $word =~ /^cut/ && !@halves; $isLossy = 0; $deeds{$word}->() if !$none;
                    print "done", $none ? " to none" : $isLossy ? " with a loss" : "", "\\n" } }
        }
        """
}
