import LinuxSystem
import Relaying

/// What the user can do about it.
extension SessionError {
    package var hint: String? {
        switch self {
        case .loginEnded(_, _, let there, let said?) where said.tellsOfOtherProcessor(there):
            "install the one for the processor there (uname -m), or name it with --there"
        case .loginEnded(_, .exited(let status), there: "sh", let said)
        where [1, 2, 126, 127].contains(status) && said?.tellsOfForeignOption != true:
            "--push needs a POSIX shell there, as 'sh' in the PATH; a forced command (command= in "
                + "authorized_keys) may run instead"
        // A shell that reads nothing ends well.
        case .loginEnded(_, .exited(0), there: "sh", _): SessionError.noInputHint
        case .loginEnded(let words, .exited(let status), _, let said):
            SessionError.loginHint(words, status, said)
        case .unusable(.producer, _):
            "-i - sends standard input, as in COMMAND | socketpipe -i - ..."
        case .unusable: "-o - writes to standard output, as in socketpipe -o - ... | COMMAND"
        case .noCommonProtocol: "install the same version at both ends"
        case .lacks: "install the same version there, or use --push"
        case .noLoopback(let end, _): "bring it up \(end.rawValue): ip link set lo up"
        case .there(.noLoopback, _): "bring it up there: ip link set lo up"
        case .socket(let obstacle, let end): obstacle.hint(at: end)
        case .there(.socket(let obstacle), _): obstacle.hint(at: .there)
        case .unreachable(_, _, let only?), .noRendezvous(_, _, let only?): only.hint
        case .unreachable, .noRendezvous:
            SessionError.firewallHint + "; --via auto sends the data through the login"
        case .countsNothing, .there(.countsNothing, _): "both ends need Linux 4.1 or newer"
        case .cannotPace, .there(.pacing, _):
            "does the container's seccomp profile refuse SO_MAX_PACING_RATE? leave out --rate, or limit "
                + "the rate with a command such as pv -L"
        case .cannotWatch(_, let error) where error.isShortage:
            "as root: sysctl -w fs.inotify.max_user_instances=1024"
        case .nowhereToMeet(onSameStack: true): "bring it up there: ip link set lo up"
        case .sameAddress:
            "give one of them another, or name the one by which they are reached: this host's with "
                + "-h, the other's with --address"
        case .hostIsLoopback: "`ip address` lists the others"
        case .noInterface(_, let names):
            "it has \(names.joined(separator: ", ")); a network works too, as in 192.0.2.0/24"
        case .outside, .leavesNetwork:
            "`ip address` lists what a host has; without --network all are tried"
        case .nowhereToMeet, .legacyNeedsHost:
            "give the address of this host, as the other end reaches it, with -h"
        case .cannotListen:
            "name a range of free ports above 1023 with --port, or use --listen there"
        case .there(.terminal, _):
            "drop -t from the login command; a ForceCommand or session recorder there (script, tlog) "
                + "also allocates a terminal: the login must pass bytes unchanged"
        case .there(.noInput, _): SessionError.noInputHint
        case .wouldPad(_, _, let size):
            "a socket returns what has arrived: add iflag=fullblock, or use --record "
                + Text.escaped(size)
        case .noInterpreter(_, _, let name), .there(.noInterpreter(let name), _):
            CommandHint.ofInterpreter(name)
        case .cannotStart(let role, let words, .notFound): CommandHint.whenMissing(role, words)
        case .there(.execution(.notFound), let words): CommandHint.whenMissing(.remote, words)
        case .noNull(.notFound): SessionError.nullHint
        case .noNull: SessionError.badNullHint
        case .there(.resources(let text), _) where text.hasPrefix("/dev/null is not there"):
            SessionError.nullHint
        case .there(.resources(let text), _) where text.hasPrefix("/dev/null"):
            SessionError.badNullHint
        case .noProc, .there(.resources, _): "mount proc in the namespace or container it runs in"
        case .cannotStart(_, _, .recordTooLong):
            "use a smaller --record, or raise fs.pipe-max-size here (sysctl)"
        case .there(.execution(.recordTooLong), _):
            "use a smaller --record, or raise fs.pipe-max-size there (sysctl)"
        case .cannotStart(_, _, .noExecution), .there(.execution(.noExecution), _):
            "it is a program for another processor: compare `file PROGRAM` with `uname -m`"
        case .cannotStart(_, _, let error), .system(let error), .there(.execution(let error), _),
            .there(.system(let error), _):
            error.shortageHint
        case .unknownHost: "is the name right? an address works too"
        case .there(.signal, _):
            "a user of that host, its shutdown or a memory limit ended socketpipe there"
        case .nothingToPush, .there(.push(.machine), _):
            "scripts/install puts socketpipe-remote.MACHINE into PREFIX/libexec/socketpipe"
        case .there(.push(.noExecution), _), .there(.push(.lacks), _):
            "install socketpipe there, or name its path with --there"
        case .there(.push(.full), _), .there(.push(.nowhere), _):
            "make room in /tmp, /var/tmp, /dev/shm or the home directory there, or set TMPDIR"
        case .there(.stall, _), .unanswered(_, _, _, pathHint: nil):
            "is the network up? --stall sets how long to wait"
        case .unanswered(_, _, _, let hint?): Text.escaped(hint.utf8)
        case .there(.protocolError, _): ControlError.hint
        case .there(.noSession, _):
            "each login must lead to the same host, user and network namespace: no container or "
                + "namespace of its own"
        default: nil
        }
    }

    private static let noInputHint =
        "docker exec and kubectl exec need -i; ssh must not have -n or -f"
    static let firewallHint =
        "is a firewall between the ends? open a port and name it with --port, let the other side "
        + "listen with --listen, or give the address of this host with -h, or of the other with "
        + "--address"

    private static let nullHint = "mknod -m 666 /dev/null c 1 3, or bind-mount the host's"
    private static let badNullHint =
        "ls -l /dev/null must show crw-rw-rw- 1, 3, and its mount must not have nodev"
}

extension Errno {
    fileprivate var shortageHint: String? {
        switch self {
        case .tooManyOpenFiles: "raise the limit of open files: ulimit -n"
        case .tooManyFilesOfSystem: "raise fs.file-max (sysctl)"
        case .wouldBlock: "raise the limit of processes: ulimit -u, or that of the container"
        default: nil
        }
    }
}
