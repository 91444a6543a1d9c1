import Foundation

/// Somebody on the network whom nobody invited; a program in Perl, which every Debian has.
enum Stranger {
    /// What strangers say.
    enum Kind: String, CaseIterable, Sendable {
        case silent, garbage, dripping, replayed, leaving, scanning
    }

    /// Opens connections and keeps them until its standard input ends.
    ///
    /// - Parameter message: A file with what a replaying stranger says.
    static func crowd(
        _ kind: Kind, count: Int, at socket: ListeningSocket, message: String
    ) throws -> Run {
        let script = """
            use IO::Socket::IP; use Socket; my ($kind, $count, $host, $port, $file) = @ARGV;
            my $message = ''; if (open my $in, '<', $file) { local $/; $message = <$in>; }
            $SIG{PIPE} = 'IGNORE'; my @kept;
            for my $n (1 .. $count) {
                my $s = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Timeout => 5)
                    or next;
                $s->autoflush(1);
                if ($kind eq 'garbage') { syswrite $s, join '', map { chr rand 256 } 1 .. 20 + $n }
                if ($kind eq 'dripping') { syswrite $s, substr($message || 'x', 0, 1) }
                if ($kind eq 'replayed') { syswrite $s, $message }
                if ($kind eq 'leaving') { syswrite $s, substr($message, 0, 10); close $s }
                if ($kind eq 'scanning') {
                    setsockopt $s, SOL_SOCKET, SO_LINGER, pack 'II', 1, 0; close $s; next }
                push @kept, $s;
            }
            $| = 1; print "here\\n";
            if ($kind eq 'dripping') {
                my ($bits, $at) = ('', 1); vec($bits, 0, 1) = 1;
                until (select(my $r = $bits, undef, undef, 0.2)) {
                    syswrite $_, substr($message || 'x' x 999, $at % 99, 1) for @kept; $at++;
                }
            }
            <STDIN>;
            """
        let perl: Words = ["perl", "-e", script]
        return try Run(
            .sh("ulimit -n 4096; exec \"$@\"") + perl
                + [kind.rawValue, "\(count)", socket.address, "\(socket.port)", message],
            input: .pipe)
    }

    /// Takes one connection, writes to `file` what is said first, and ends; its output is its port.
    static func recorder(to file: String) throws -> Run {
        let script = """
            use IO::Socket::INET; $| = 1;
            my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 9) or die;
            print $l->sockport, "\\n"; my $s = $l->accept; sysread $s, my $said, 4096;
            open my $out, '>', "$ARGV[0].part"; print $out $said; close $out;
            rename "$ARGV[0].part", $ARGV[0]; sleep 1000;
            """
        return try Run(["perl", "-e", script, file])
    }

    /// A man in the middle who replays: of every caller he tells `port` on loopback ten times, before
    /// he lets him through, what the caller said first, and answers what comes with what he knows
    /// of it; then he repeats all that the caller said until it was let in.
    ///
    /// The first word he prints is his own port; each `reply` is a replay that was answered, each
    /// `stolen` one that was told more.
    static func replayer(to port: Int) throws -> Run {
        let script = """
            use IO::Socket::INET; use IO::Select; $| = 1; $SIG{PIPE} = 'IGNORE';
            my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 9) or die;
            print $l->sockport, "\n";
            sub dial { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]") }
            sub take { my ($s, $count, $all) = (@_, '');
                while (length $all < $count) {
                    sysread $s, $all, $count - length $all, length $all or last }
                $all }
            sub replay { my @said = @_; my $s = dial or return;
                syswrite $s, $said[0]; my $reply = take $s, 48;
                print "reply\n" if length $reply == 48;
                syswrite $s, $said[1] // substr $reply, 16;
                print "stolen\n" if length take $s, 1 }
            while (my $caller = $l->accept) {
                fork and next;
                my $opening = take $caller, 55; replay $opening for 1 .. 10;
                my $right = dial or exit; syswrite $right, $opening;
                my $reply = take $right, 48; syswrite $caller, $reply;
                my $closing = take $caller, 32; replay $opening, $closing;
                syswrite $right, $closing; replay $opening, $closing for 1 .. 2;
                my %to = (fileno $caller, $right, fileno $right, $caller);
                my $select = IO::Select->new($caller, $right);
                while ($select->count) { for my $s ($select->can_read) {
                    my $t = $to{fileno $s}; my $n = sysread $s, my $data, 65536;
                    if (!$n) { $select->remove($s); shutdown $t, 1; next }
                    while (length $data) { my $m = syswrite $t, $data or exit; substr $data, 0, $m, '' }
                } }
                exit;
            }
            """
        return try Run(["perl", "-e", script, "\(port)"])
    }

    /// A man in the middle: listens on port 7001, goes on to 7000 with a firewall mark, and after
    /// half a million bytes of the stream does something to it.
    static func proxy(_ deed: String, on host: Network.Host) throws -> Run {
        let script = """
            use IO::Socket::INET; use IO::Select; $| = 1; $SIG{PIPE} = 'IGNORE';
            my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1:7001', Listen => 9, Reuse => 1)
                or die; print "here\\n";
            while (my $a = $l->accept) {
                fork and next; my $b; socket $b, 2, 1, 0; setsockopt $b, 1, 36, pack 'I', 7;
                connect $b, pack_sockaddr_in(7000, inet_aton('127.0.0.1')) or die;
                my ($all, $done, %to) = (0, 0, fileno $a, $b); $to{fileno $b} = $a;
                my $select = IO::Select->new($a, $b);
                while ($select->count) { for my $s ($select->can_read) {
                    my $t = $to{fileno $s}; my $n = sysread $s, my $data, 65536;
                    if (!$n) { $select->remove($s); shutdown $t, 1; next }
                    $all += $n;
                    if ($all > 500000 && !$done++) {
                        if ('\(deed)' eq 'add') { $data .= 'x' }
                        if ('\(deed)' eq 'drop') { chop $data }
                        if ('\(deed)' eq 'end') { shutdown $a, 2; shutdown $b, 2; exit }
                        if ('\(deed)' eq 'reset') {
                            setsockopt $_, 1, 13, pack 'II', 1, 0 for $a, $b; exit }
                    }
                    while (length $data) { my $m = syswrite $t, $data or exit; substr $data, 0, $m, '' }
                } }
                exit;
            }
            """
        return try Run(host.enter + ["perl", "-e", script])
    }
}
