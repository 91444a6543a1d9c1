/// How a process ended.
package enum ExitStatus: Equatable, Sendable {
    case exited(CInt)
    case killed(signal: CInt)

    /// From the status word of `waitpid`.
    package init(waitStatus: CInt) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .killed(signal: signal)
    }

    package var isSuccess: Bool { self == .exited(0) }

    /// The number a shell would give: the status, or 128 and the signal.
    package var shellStatus: CInt {
        switch self {
        case .exited(let status): status
        case .killed(let signal): 128 + signal
        }
    }

    /// Whether the process was ended by a signal, or is a shell that reports so of its last
    /// command (129–192), or never ran what it should (126, 127).
    package var meansKilled: Bool {
        switch self {
        case .exited(let status): status == 126 || status == 127 || (129...192).contains(status)
        case .killed: true
        }
    }
}
