/// How a process ended.
package enum ExitStatus: Equatable, Sendable {
    case exited(CInt)
    case killed(signal: CInt)

    /// Reads the status word of `waitpid(2)`.
    package init(waitStatus: CInt) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .killed(signal: signal)
    }

    package var isSuccess: Bool { self == .exited(0) }

    /// The number a shell would report: the status, or 128 plus the signal.
    package var shellStatus: CInt {
        switch self {
        case .exited(let status): status
        case .killed(let signal): 128 + signal
        }
    }

    /// Whether a signal killed the process, or it is a shell that reports the same of its last
    /// command (129–192) or that could not run its command (126, 127).
    package var meansKilled: Bool {
        switch self {
        case .exited(let status): status == 126 || status == 127 || (129...192).contains(status)
        case .killed: true
        }
    }
}
