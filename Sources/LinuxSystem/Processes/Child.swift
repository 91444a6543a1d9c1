import CLinux

/// How to start a command.
package struct SpawnOrder {
    package var words: [Word]
    package var environment: Environment
    /// The descriptors that become 0, 1 and 2 of the command; `nil` passes ours on.
    package var input: Descriptor?
    package var output: Descriptor?
    package var error: Descriptor?
    package var grouping = Grouping.ours
    /// Whether only descriptors 0 to 2 reach the command.
    package var closesOthers = false
    /// The signal that the command gets when we die (`PR_SET_PDEATHSIG` of `prctl(2)`).
    package var parentDeathSignal: CInt = Signal.kill
    /// The guard that must know the command before it runs.
    package var guarding: Guard?
    package var blocked: SignalSet
    package var ignored: SignalSet

    /// The process group that the command joins.
    package enum Grouping: Equatable, Sendable {
        case ours
        /// That of another process, its leader.
        case group(of: CInt)
        /// One of its own, in a session without a terminal.
        case ownSession
    }

    /// An order with our descriptors and group, and with the signals that we inherited.
    package init(_ words: [Word], environment: Environment, signals: borrowing Signals) {
        self.words = words
        self.environment = environment
        blocked = signals.inheritedBlocked
        ignored = signals.inheritedIgnored
    }

    /// An order with our descriptors and group, and with the signals as they are now.
    package init(_ words: [Word], environment: Environment) {
        self.words = words
        self.environment = environment
        var (blocked, ignored): (UInt64, UInt64) = (0, 0)
        unsafe linux_inherited_signals(&blocked, &ignored)
        self.blocked = SignalSet(bits: blocked)
        self.ignored = SignalSet(bits: ignored)
    }

    /// Starts the command.
    ///
    /// The corresponding C functions are `vfork` and `execve`.
    /// - Returns: Its process number.
    /// - Throws: The error that kept it from running, usually that of `execve`, such as `notFound`.
    package func spawn() throws(Errno) -> CInt {
        let blocks = CStrings(words.map { $0.bytes })
        let marked = guarding.map { environment.setting($0.mark.name, to: $0.mark.value) }
        let variables = CStrings((marked ?? environment).entries)
        var order = unsafe linux_spawn()
        unsafe order.words = unsafe blocks.pointer
        unsafe order.environment = unsafe variables.pointer
        unsafe order.descriptors = (
            input?.number ?? -1, output?.number ?? -1, error?.number ?? -1
        )
        if case .group(let leader) = grouping { unsafe order.group = leader }
        unsafe order.own_session = grouping == .ownSession ? 1 : 0
        unsafe order.only_standard_descriptors = closesOthers ? 1 : 0
        unsafe order.parent_death_signal = parentDeathSignal
        unsafe order.guard = guarding?.lifeline.number ?? -1
        unsafe order.blocked = blocked.bits
        unsafe order.ignored = ignored.bits
        let result = unsafe linux_spawn(&order)
        if result < 0 { throw Errno(-result) }
        return result
    }
}

/// A NULL-terminated array of C strings, for as long as this object lives.
@safe final class CStrings {
    private let storage: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let count: Int

    init(_ strings: [[UInt8]]) {
        count = strings.count
        unsafe storage = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() {
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count + 1)
            for (offset, byte) in string.enumerated() {
                unsafe copy[offset] = CChar(bitPattern: byte)
            }
            unsafe copy[string.count] = 0
            unsafe storage[index] = unsafe UnsafePointer(copy)
        }
        unsafe storage[strings.count] = nil
    }

    var pointer: UnsafePointer<UnsafePointer<CChar>?> { unsafe UnsafePointer(storage) }

    deinit {
        for index in 0..<count { unsafe storage[index]?.deallocate() }
        unsafe storage.deallocate()
    }
}

/// The result of a look at our children.
package enum Reaped: Equatable, Sendable {
    case ended(pid: CInt, ExitStatus)
    case stopped(pid: CInt, signal: CInt)

    /// The next child of ours that ended or stopped; `nil` if none did. It reaps any child,
    /// whichever code started it.
    ///
    /// The corresponding C function is `waitpid` with -1, `WNOHANG` and `WUNTRACED`.
    package static func next() -> Reaped? {
        var status: CInt = 0
        var stopped: CInt = 0
        let pid = unsafe linux_reap(&status, &stopped)
        guard pid > 0 else { return nil }
        if stopped != 0 { return .stopped(pid: pid, signal: (status >> 8) & 0xff) }
        return .ended(pid: pid, ExitStatus(waitStatus: status))
    }
}
