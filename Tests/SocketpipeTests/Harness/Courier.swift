import Foundation

/// A login that only passes bytes on, as `ssh` does, and may be killed at any moment: what it
/// started has a session of its own, and sees its end as that of its input.
struct Courier: Sendable {
    private let scratch: Scratch

    init(in scratch: Scratch) { self.scratch = scratch }

    private var log: String { scratch / "couriers" }

    /// The words of the login; the next one works again.
    var login: Words { ["perl", "-e", Self.script, log] }

    /// The process of each login until now.
    var pids: [pid_t] {
        (scratch.text("couriers") ?? "").split(separator: "\n").compactMap { pid_t($0) }
    }

    /// Kills the last login, if it still runs.
    ///
    /// - Returns: Whether it did.
    func kill() -> Bool { pids.last.map { Foundation.kill($0, SIGKILL) == 0 } ?? false }

    /// From now on no login works, or each works again.
    func close() throws { try scratch.write("", to: "couriers.closed") }
    func open() { unsafe unlink(log + ".closed") }

    private static let script = """
        use POSIX ':sys_wait_h'; use Errno; $SIG{PIPE} = 'IGNORE';
        my $file = shift; open my $log, '>>', $file or die; syswrite $log, "$$\\n"; close $log;
        exit 255 if -e "$file.closed";
        pipe my $theirs, my $to; pipe my $from, my $ours; my $child = fork;
        if (!$child) {
            POSIX::setsid(); open STDIN, '<&', $theirs; open STDOUT, '>&', $ours;
            close $_ for $theirs, $to, $from, $ours; exec @ARGV or exit 127 }
        close $_ for $theirs, $ours; my @ways = ([*STDIN, $to, ''], [$from, *STDOUT, '']);
        for my $way (@ways) {
            for (@$way[0, 1]) { fcntl $_, 4, fcntl($_, 3, 0) | 2048 } }
        while (grep { $_->[0] == $from } @ways) {
            my ($r, $w) = ('', '');
            for my $way (@ways) {
                if (length $way->[2]) { vec($w, fileno $way->[1], 1) = 1 }
                else { vec($r, fileno $way->[0], 1) = 1 } }
            select $r, $w, undef, undef;
            for my $way (@ways) {
                my $n = 1;
                if (!length $way->[2] && vec($r, fileno $way->[0], 1)) {
                    $n = sysread $way->[0], $way->[2], 65536 }
                $n = syswrite $way->[1], $way->[2] if $n && length $way->[2];
                if (!$n && !(!defined $n && $!{EAGAIN})) { $way->[3] = 1; close $way->[1]; next }
                substr $way->[2], 0, $n, '' if $n && length $way->[2] && $n <= length $way->[2] }
            @ways = grep { !$_->[3] } @ways }
        waitpid $child, 0; exit($? & 127 ? 255 : $? >> 8);
        """
}
