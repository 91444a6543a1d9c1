import Fixtures
import Glibc

/// What may be the matter with the machine, the path or the commands of a session.
enum Trouble: String {
    case none
    /// A disk that is full for good, or for a moment; a limit on a file's size.
    case full, moment, limit
    /// A standard error that nobody reads.
    case mute
    /// Processes that hold the stream: an orphan, a chain of them, an agent that hides.
    case orphan, chain, agent
    /// Urgent data; zeros that a reader leaves; a producer that is slow to die.
    case urgent, zeros, slow
    /// A path that goes dead while the login lives; a box that makes an end of a reset.
    case hole, box

    static let boxPort = 7000

    /// Those that can be had, each as often as it is to be drawn.
    static func drawn(by yard: Yard) -> [Trouble] {
        [Trouble](repeating: .none, count: 8) + [.limit, .mute, .orphan, .chain, .urgent, .zeros]
            + (getuid() == 0 ? [.full, .moment, .slow] : [])
            + (yard.isNetwork ? [.hole, .box] : []) + (path(of: "ssh-agent") == nil ? [] : [.agent])
    }

    var isOfCommand: Bool { [.orphan, .chain, .agent, .urgent, .zeros, .slow].contains(self) }

    /// Whether a session may fail by it alone.
    var mayFail: Bool { [.full, .moment, .limit, .zeros, .slow].contains(self) }

    /// What the producer does with the second part of its bytes, with the words of the first.
    func secondPart(_ part: String, _ zeros: Int) -> String {
        let second = "\(part) skip=$(($3 + $4)) count=$5"
        switch self {
        case .orphan: return "{ sleep $6; \(second); } &"
        case .chain:
            return """
                exec perl -MPOSIX -e 'for (1 .. 200) { fork and POSIX::_exit(0) } exec @ARGV' \
                sh -ec 'sleep $6; \(second)' produce "$@"
                """
        case .agent:
            return """
                timeout 12 ssh-agent -D -a $7 </dev/null >/dev/null 2>&1 & sleep $6; \(second)
                """
        case .urgent:
            // A byte of urgent data, where the output is a socket.
            let send = """
                open my $in, "<", $ARGV[0]; seek $in, $ARGV[1], 0; read $in, my $byte, 1; \
                exit if !length $byte; defined send STDOUT, $byte, 1 or syswrite STDOUT, $byte
                """
            return """
                sleep $6; test $5 -gt 0 || exit 0; perl -e '\(send)' $1 $(($3 + $4)); \
                \(part) skip=$(($3 + $4 + 1)) count=$(($5 - 1))
                """
        case .zeros: return "sleep $6; \(second); head -c \(zeros) /dev/zero"
        case .slow:
            // To close a packet socket takes the kernel its time.
            return """
                exec perl -e 'for (1 .. 40) { socket my $s, 17, 3, 768 or die; push @s, $s } \
                select undef, undef, undef, $ARGV[0]; kill 9, $$' $6
                """
        default: return "sleep $6; \(second)"
        }
    }
}
