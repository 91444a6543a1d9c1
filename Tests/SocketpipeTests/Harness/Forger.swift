import Fixtures
import Foundation
import Testing

/// A man in the middle of a session that encrypts: he passes the admission on, knows the records
/// that follow by their heads, and does one deed to one of them.
///
/// He is the session's login command as well, because that tells him where the other end is to call.
struct Forger: CustomTestStringConvertible, Sendable {
    enum Deed: String, CaseIterable, Sendable {
        /// He only listens.
        case none
        /// One bit, of the head, of the content, of the tag or anywhere.
        case flip
        /// A record and the next one, one record less, one twice.
        case swap, drop, twice
        /// The flow's first record again; the latest of the other flow.
        case again, other
        /// Some bytes less, some more; some behind the record that ends the stream.
        case less, more, behind
        /// A FIN in front of a record, or inside it.
        case end, inside
        case reset
    }

    var deed: Deed
    /// Of which flow: `out` or `back`.
    var flow: Direction
    /// Up to which byte of the flow's records the one reaches that he does it to; the last one where
    /// there is none.
    var place: Int
    /// What he chooses by, twice.
    var choices: (Int, Int)

    /// - Parameter folder: Where he puts the admissions of each flow, `caller.out` and `listener.out`,
    ///   what came to him, `came.out`, and what he passed on, `went.out`; `done.out` says that he did
    ///   his deed.
    func login(_ folder: String) -> Words {
        ["perl", "-e", Self.script, folder, deed.rawValue, "\(flow)", "\(place)"]
            + ["\(choices.0)", "\(choices.1)", "env"]
    }

    /// The other end gets the port of his in place of ours; then there is a process for the lines
    /// and one for the connections.
    private static let script = """
        use IO::Socket::INET; use IO::Select; $SIG{PIPE} = 'IGNORE';
        my ($folder, $deed, $target, $place, $n, $r) = splice @ARGV, 0, 6;
        my $l = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 9) or die;
        my $own = $l->sockport; pipe my $told, my $tell; pipe my $in, my $to;
        $to->autoflush; $tell->autoflush; my ($done, %first, %latest, %log, %dir, %end);
        unless (fork) {
            open STDIN, '<&', $in; close $_ for $in, $to, $tell, $told, $l; exec @ARGV; exit 127 }
        close $in;
        if (my $forger = fork) {
            close $told; close $l;
            while (<STDIN>) {
                if (/^invite/) { s/ dial=127.0.0.1:(\\d+)/ dial=127.0.0.1:$own/; print $tell "$1\\n" }
                print $to $_;
            }
            close $to; my $status = 0;
            while ((my $pid = wait) > 0) { if ($pid != $forger) { $status = $?; close $tell } }
            exit($status >> 8);
        }
        close $to; close $tell; close STDIN; close STDOUT; my $port = <$told>;
        exit unless $port;
        sub note { my ($kind, $flow, $data) = @_;
            open $log{"$kind.$flow"}, '>>', "$folder/$kind.$flow" unless $log{"$kind.$flow"};
            syswrite $log{"$kind.$flow"}, $data }
        sub send_on { my ($d, $data) = @_; return if $d->{mute};
            note('went', $d->{flow}, $data) if $d->{flow};
            while (length $data) {
                my $m = syswrite $d->{to}, $data or return; substr $data, 0, $m, '' } }
        sub broken { my $d = shift; $d->{mute} = 1;
            if ($_[0]) { setsockopt $_, 1, 13, pack 'II', 1, 0 for $d->{to}, $d->{from} }
            if ($_[0] || $r % 2) { for ($d->{to}, $d->{from}) { $select->remove($_); close $_ } }
            else { shutdown $d->{to}, 1 } }
        sub deed { my ($d, $record, $isLast) = @_; my $size = length $record;
            if ($deed eq 'flip') {
                my $at = (sub { $n % 5 }, sub { 5 + $n % ($size - 21) }, sub { $size - 1 - $n % 16 },
                    sub { $n % $size })[$r % 4]->();
                substr($record, $at, 1) ^= chr(1 << int($r / 4) % 8) }
            if ($deed eq 'swap' && !$isLast) { $d->{later} = $record; return () }
            if ($deed eq 'drop') { return () }
            if ($deed eq 'twice') { return ($record, $record) }
            if ($deed eq 'again') { return ($first{$d->{flow}}, $record) }
            if ($deed eq 'other') {
                my $other = $latest{$d->{flow} eq 'out' ? 'back' : 'out'} or return $record;
                return ($other, $r % 2 ? $record : ()) }
            if ($deed eq 'less') { my $at = $n % $size; substr $record, $at, 1 + $r % ($size - $at), '' }
            if ($deed eq 'more') { substr $record, $n % ($size + 1), 0, chr($n % 256) x (1 + $r % 100) }
            if ($deed eq 'behind' && $isLast) {
                return ($record, ($record, chr($n % 256), $first{$d->{flow}})[$r % 3]) }
            if ($deed eq 'end') { broken($d, 0); return () }
            if ($deed eq 'inside') {
                send_on($d, substr $record, 0, 1 + $n % ($size - 1)); broken($d, 0); return () }
            if ($deed eq 'reset') { broken($d, 1); return () }
            return $record }
        sub record { my ($d, $record, $isLast) = @_; my $flow = $d->{flow};
            $d->{at} += length $record; my @out = ($record); $latest{$flow} = $record;
            if (!$done && $flow eq $target && ($isLast || $d->{at} > $place)) {
                $done = 1; note('done', $flow, ''); @out = deed($d, $record, $isLast) }
            elsif (exists $d->{later}) { push @out, delete $d->{later} }
            $first{$flow} //= $record;
            send_on($d, $_) for @out }
        sub take { my ($d, $data) = @_;
            if ($d->{left}) {
                my $part = substr $data, 0, $d->{left}, ''; $d->{left} -= length $part;
                $d->{head} .= $part; send_on($d, $part);
                unless ($d->{left}) {
                    my $flow = (substr $d->{head}, 6, 1) eq "\\1" ? 'out' : 'back';
                    if ($d->{calls}) { ($flow eq 'back' ? $d : $d->{peer})->{flow} = $flow;
                        note('caller', $flow, $d->{head}); note('listener', $flow, $d->{peer}{head}) } } }
            return send_on($d, $data) unless $d->{flow};
            note('came', $d->{flow}, $data); $d->{data} .= $data;
            while (length $d->{data} >= 5) {
                my $size = 5 + unpack 'n', substr $d->{data}, 3, 2;
                last if length $d->{data} < $size;
                record($d, $d->{held}, 0) if exists $d->{held};
                $d->{held} = substr $d->{data}, 0, $size, '' } }
        $select = IO::Select->new($l, $told);
        while (1) { for my $s ($select->can_read) {
            exit if $s == $told;
            if ($s == $l) {
                my $a = $l->accept or next;
                my $b = IO::Socket::INET->new("127.0.0.1:" . int $port) or next;
                my $up = {from => $a, to => $b, left => 87, calls => 1};
                my $down = {from => $b, to => $a, left => 48, peer => $up}; $up->{peer} = $down;
                ($dir{$a}, $dir{$b}) = ($up, $down); $select->add($a, $b); next }
            my $d = $dir{$s}; defined fileno $s or next; my $count = sysread $s, my $data, 65536;
            if ($count) { take($d, $data); next }
            if (!defined $count) { broken($d, 1); next }
            record($d, delete $d->{held}, 1) if exists $d->{held};
            $select->remove($s); shutdown $d->{to}, 1 unless $d->{mute} } }
        """

    /// What the end that reads must find in what went to it.
    enum Finding { case whole, altered, cut }

    /// Judges what he passed on of a flow by what came to him: up to the first record that is not as
    /// it came there is nothing wrong.
    static func finding(came: Data, went: Data) -> Finding {
        if came == went { return .whole }
        var place = 0
        while place < came.count {
            let end = min(place + size(at: place, in: came), came.count)
            guard went.count >= end, went[place..<end] == came[place..<end] else {
                return isWhole(at: place, in: went) ? .altered : .cut
            }
            place = end
        }
        return .altered
    }

    /// Whether there is a record, or what nobody takes for the head of one.
    private static func isWhole(at place: Int, in data: Data) -> Bool {
        guard data.count - place >= 5 else { return false }
        let size = size(at: place, in: data)
        let isHead = data[place..<place + 3] == Data([0x17, 3, 3]) && (22...16_406).contains(size)
        return !isHead || data.count - place >= size
    }

    private static func size(at place: Int, in data: Data) -> Int {
        guard data.count - place >= 5 else { return data.count - place }
        return 5 + Int(data[place + 3]) << 8 + Int(data[place + 4])
    }

    var testDescription: String { "\(deed) at \(place) of \(flow), \(choices)" }
}
