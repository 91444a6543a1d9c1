import Glibc

/// How a process ended.
enum Ending: Equatable, CustomStringConvertible {
    case exited(Int32)
    case killed(Int32)

    var description: String {
        switch self {
        case .exited(let status): "ended with status \(status)"
        case .killed(let signal): "was ended by signal \(signal)"
        }
    }
}

/// A process that we started and have not reaped.
struct Child {
    let pid: pid_t

    /// How it ended; nil while it runs. It stays a zombie, whose figures can still be read.
    var ending: Ending? {
        var info = unsafe siginfo_t()
        let flags = WEXITED | WNOHANG | WNOWAIT
        guard unsafe waitid(P_PID, id_t(pid), &info, flags) == 0,
            unsafe info.si_signo == SIGCHLD
        else { return nil }
        let status = unsafe info._sifields._sigchld.si_status
        return unsafe info.si_code == CLD_EXITED ? .exited(status) : .killed(status)
    }

    func reap() {
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
    }

    /// Ends the process group it leads, and reaps it.
    func destroy() {
        kill(-pid, SIGKILL)
        reap()
    }

    /// Waits until it ends.
    /// - Parameter tick: Called now and then in the meantime.
    func wait(before deadline: Int64, tick: () -> Void = {}) throws -> Ending? {
        while true {
            if let ending { return ending }
            let left = deadline - monotonicNanoseconds()
            guard left > 0 else { return nil }
            tick()
            try Signals.wait(nanoseconds: min(left, 50_000_000))
        }
    }
}

/// The signals that we wait for; blocked, so that none is lost between two looks.
enum Signals {
    static func block() {
        var set = awaited
        unsafe sigprocmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Sleeps until a child ends or the time has passed; throws if we are told to stop.
    static func wait(nanoseconds: Int64) throws(Interruption) {
        var set = awaited
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        let signal = unsafe sigtimedwait(&set, nil, &time)
        if signal > 0, signal != SIGCHLD { throw Interruption(signal: signal) }
    }

    private static var awaited: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in [SIGCHLD, SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&set, signal) }
        return set
    }
}
