import CLinux

/// A set of signals, one bit for each.
package struct SignalSet: Equatable, Sendable {
    package var bits: UInt64

    /// - Parameter bits: Bit N − 1 stands for signal N, as in the kernel's `sigset_t`.
    package init(bits: UInt64) {
        self.bits = bits
    }

    /// - Parameter signals: Numbers from 1 to 64.
    package init(_ signals: [CInt]) {
        bits = signals.reduce(0) { $0 | 1 << UInt64($1 - 1) }
    }

    /// Whether a signal, from 1 to 64, is in the set.
    package func contains(_ signal: CInt) -> Bool { bits >> UInt64(signal - 1) & 1 != 0 }

    /// The signals that are not in the other set.
    package func subtracting(_ other: SignalSet) -> SignalSet {
        SignalSet(bits: bits & ~other.bits)
    }
}

package enum Signal {
    /// The signals for a background job that reads from or writes to its terminal.
    package static let forTerminal = [SIGTTIN, SIGTTOU]
    package static let hangUp = SIGHUP
    package static let terminate = SIGTERM
    package static let kill = SIGKILL
    package static let pipe = SIGPIPE
    package static let child = SIGCHLD
    /// Asks for our progress.
    package static let inquiry = SIGUSR1
    /// The window of our terminal has another size.
    package static let resize = SIGWINCH
    package static let stop = SIGSTOP
    package static let `continue` = SIGCONT

    /// The usual name, such as `SIGTERM`; `signal 40` for those without one.
    package static func name(_ signal: CInt) -> String {
        switch signal {
        case SIGHUP: "SIGHUP"
        case SIGINT: "SIGINT"
        case SIGQUIT: "SIGQUIT"
        case SIGILL: "SIGILL"
        case SIGABRT: "SIGABRT"
        case SIGBUS: "SIGBUS"
        case SIGFPE: "SIGFPE"
        case SIGKILL: "SIGKILL"
        case SIGSEGV: "SIGSEGV"
        case SIGPIPE: "SIGPIPE"
        case SIGALRM: "SIGALRM"
        case SIGTERM: "SIGTERM"
        case SIGUSR1: "SIGUSR1"
        case SIGUSR2: "SIGUSR2"
        case SIGXFSZ: "SIGXFSZ"
        case SIGXCPU: "SIGXCPU"
        default: "signal \(signal)"
        }
    }
}

/// The signals of this process, delivered through a descriptor, and their inherited state.
package struct Signals: ~Copyable {
    package let descriptor: OwnedDescriptor
    /// The mask and the ignored signals that we found, and that our commands must find again.
    package let inheritedBlocked: SignalSet
    package let inheritedIgnored: SignalSet

    /// Takes over termination signals, `SIGUSR1`, `SIGWINCH` and `SIGCHLD`, and ignores `SIGPIPE` and
    /// `SIGXFSZ`: a write reports these errors.
    ///
    /// A signal inherited as ignored stays so, though signalfd would deliver it (`nohup`). A
    /// command that uses the terminal in a background job stops the whole job except us, so that we
    /// can say why.
    ///
    /// The corresponding C functions are `sigprocmask`, `sigaction` and `signalfd`.
    /// - Throws: The error of `signalfd`, such as `tooManyOpenFiles`.
    package init() throws(Errno) {
        var blocked: UInt64 = 0
        var ignored: UInt64 = 0
        unsafe linux_inherited_signals(&blocked, &ignored)
        inheritedBlocked = SignalSet(bits: blocked)
        inheritedIgnored = SignalSet(bits: ignored)
        for signal in [SIGPIPE, SIGXFSZ] + Signal.forTerminal { linux_ignore_signal(signal) }
        // With SIGCHLD ignored the kernel would reap our children for us.
        linux_default_signal(SIGCHLD)
        let told = SignalSet([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGWINCH])
        let wanted = SignalSet(
            bits: told.subtracting(inheritedIgnored).bits | SignalSet([SIGCHLD]).bits)
        descriptor = OwnedDescriptor(owning: try check(linux_signal_descriptor(wanted.bits)))
    }

    /// Ignores `SIGXFSZ`, so that a write reports the limit of a file: only if no command will
    /// start any more.
    package static func leaveFileLimitToWrites() { linux_ignore_signal(SIGXFSZ) }

    /// Takes over `SIGUSR1` alone; all other signals act as before.
    ///
    /// - Returns: A descriptor that is readable when somebody has asked for our progress.
    /// - Throws: The error of `signalfd`.
    package static func inquiries() throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(
            owning: try check(linux_signal_descriptor(SignalSet([Signal.inquiry]).bits)))
    }

    /// Whether somebody has asked since the last time, at a descriptor of `inquiries`.
    package static func isAsked(at descriptor: Descriptor) -> Bool {
        linux_next_signal(descriptor.number) != 0
    }

    /// Ignores `SIGPIPE`, so that a write to a pipe that nobody reads reports it.
    package static func leavePipesToWrites() { linux_ignore_signal(SIGPIPE) }

    /// The next signal that arrived; `nil` if there is none.
    package func next() -> CInt? {
        let signal = linux_next_signal(descriptor.number)
        return signal == 0 ? nil : signal
    }

    /// Lets signals end this process again, as before; it ignores further inquiries.
    package func giveBack() {
        if !inheritedIgnored.contains(Signal.inquiry) { linux_ignore_signal(Signal.inquiry) }
        linux_block_signals(inheritedBlocked.bits)
    }

    /// Ends this process by the signal, so that its parent sees the cause.
    package static func die(by signal: CInt) {
        linux_die_by_signal(signal)
    }
}
