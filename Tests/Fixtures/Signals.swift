import Glibc

/// Somebody wants us to stop.
package struct Interruption: Error {
    package let signal: Int32
}

/// The signals that we wait for; blocked, so that none is lost between two looks.
package enum Signals {
    package static func block() {
        var set = awaited
        unsafe sigprocmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Sleeps until a child ends or the time has passed; throws if we are told to stop.
    package static func wait(nanoseconds: Int64) throws(Interruption) {
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
