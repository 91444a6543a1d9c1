import Testing

/// A standard error that is full from the start, and read only once a file is there.
enum SlowErrors: String, CaseIterable, CustomTestStringConvertible {
    case pipe, namedPipe, socket

    /// What starts a command line so: what it says is in `errors`, its status in `status`.
    ///
    /// - Parameter scratch: Where the file `read` lets the reader begin.
    func wrapper(_ scratch: Scratch) -> Words {
        [
            "perl", "-e",
            """
            use Socket; use Fcntl; use IO::Handle;
            my ($kind, $folder, @words) = @ARGV;
            if ($kind eq "pipe") { pipe(IN, OUT) or die; }
            elsif ($kind eq "socket") { socketpair(IN, OUT, AF_UNIX, SOCK_STREAM, 0) or die; }
            else {
                system("mkfifo", "$folder/fifo") == 0 or die;
                sysopen(IN, "$folder/fifo", O_RDONLY | O_NONBLOCK) or die;
                open(OUT, ">", "$folder/fifo") or die;
                fcntl(IN, F_SETFL, O_RDONLY);
            }
            my $reader = fork;
            if (!$reader) {
                close OUT; open(STDIN, "<&", \\*IN); open(STDOUT, ">", "$folder/errors");
                exec "sh", "-c", 'until [ -e "$0/read" ]; do sleep .02; done; exec cat', $folder;
            }
            close IN;
            fcntl(OUT, F_SETFL, O_NONBLOCK | O_WRONLY);
            for my $size (4096, 1) { 1 while syswrite(OUT, "=" x ($size - 1) . "\\n"); }
            fcntl(OUT, F_SETFL, O_WRONLY);
            my $session = fork;
            if (!$session) { open(STDERR, ">&", \\*OUT); close OUT; exec @words; }
            close OUT;
            $SIG{TERM} = sub { kill "TERM", $session };
            waitpid($session, 0) while kill(0, $session);
            my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
            open(STATUS, ">", "$folder/status") && print STATUS "$status\\n"; close STATUS;
            open(READ, ">", "$folder/read"); close READ;
            waitpid($reader, 0);
            exit $status;
            """, rawValue, scratch.path,
        ]
    }

    var testDescription: String { rawValue }
}
