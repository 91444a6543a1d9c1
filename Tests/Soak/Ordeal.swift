import Fixtures
import Glibc

/// The trouble of a session, from before it starts until after it has ended.
final class Ordeal {
    private let session: Session
    private var helpers: [Child] = []
    private var mute: Int32 = -1

    init(_ session: Session, sent: ArraySlice<UInt8>) throws {
        self.session = session
        let folder = session.folder
        unsafe mkdir(folder, 0o777)
        unsafe chmod(folder, 0o777)
        unsafe mkdir(session.temporary, 0o777)
        unsafe chmod(session.temporary, 0o1777)
        if session.readsFile { try write(sent, to: folder + "/in", mode: 0o644) }
        switch session.trouble {
        case .full, .moment: try mountDisk(folder + "/disk")
        case .mute: try fillErrors(folder + "/mute")
        case .box: try startBox(folder + "/box")
        default: break
        }
    }

    /// A disk of half the bytes; one that is full for a moment has room for all of them, but for a
    /// file that goes.
    private func mountDisk(_ disk: String) throws {
        let half = (session.size / 8192 + 1) * 4096
        try Said.must(
            .sh("mkdir $1; mount -t tmpfs -o size=$2,mode=1777 none $1", disk, "\(half)"))
        guard session.trouble == .moment else { return }
        var chance = session.chance
        let all = session.size + 65536
        try Said.must(
            .sh(
                """
                head -c $2 /dev/zero >$1/filler 2>/dev/null; mount -o remount,size=$3 $1
                head -c $4 /dev/zero >>$1/filler || true
                """, disk, "\(half)", "\(half + all)", "\(all - chance.below(session.size))"))
        let wait = "sleep 0.\(chance.below(10)); exec rm -f $1/filler"
        helpers.append(try Child(.sh(wait, disk), Streams()))
    }

    private func fillErrors(_ path: String) throws {
        unsafe mkfifo(path, 0o666)
        unsafe chmod(path, 0o666)
        mute = unsafe open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard mute >= 0 else { throw Failure(path, errno: errno) }
        _ = writeAll([UInt8](repeating: 0, count: 1 << 20)[...], to: mute)
    }

    private func startBox(_ log: String) throws {
        let ports = [Trouble.boxPort, Trouble.boxPort + 1].map { "\($0)" }
        let box = try Child(
            session.yard.here + ["perl", "-e", Self.box] + Words(ports), Streams(error: log))
        helpers.append(box)
        let listens = try happens {
            ListeningSocket.all(besides: box.pid).contains { $0.port == Trouble.boxPort + 1 }
        }
        guard listens else { throw Failure("the box does not listen: \(text(of: log) ?? "")") }
    }

    func end() {
        for helper in helpers { helper.destroy() }
        if mute >= 0 { close(mute) }
        switch session.trouble {
        case .full, .moment:
            _ = try? Said(.sh("cp $1/disk/out $1/out; umount -l $1/disk", session.folder))
        case .hole: _ = try? Said(session.yard.there + "nft delete table inet soak")
        default: break
        }
    }

    /// Passes what comes to one port on to another, and makes an end of every reset.
    private static let box = """
        use IO::Socket::INET; use IO::Select; $SIG{PIPE} = "IGNORE"; $SIG{CHLD} = "IGNORE";
        my ($to, $own) = @ARGV;
        my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$own", Listen => 9, Reuse => 1) or die;
        while (my $caller = $l->accept) {
            fork and next; close $l;
            my $callee = IO::Socket::INET->new("127.0.0.1:$to") or exit;
            my %other = (fileno $caller, $callee, fileno $callee, $caller);
            my $select = IO::Select->new($caller, $callee);
            while ($select->count) { for my $from ($select->can_read) {
                my $other = $other{fileno $from};
                if (!sysread $from, my $data, 65536) { $select->remove($from); shutdown $other, 1 }
                else { while (length $data) {
                    my $count = syswrite $other, $data or last; substr $data, 0, $count, "" } }
            } }
            exit;
        }
        """
}
