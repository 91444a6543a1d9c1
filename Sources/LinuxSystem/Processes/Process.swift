import CLinux

/// This process, as the kernel treats it.
package enum Process {
    package static var number: CInt { linux_process() }
    package static var parent: CInt { linux_parent_process() }

    /// How many files this process may have open (`RLIMIT_NOFILE`).
    package static var openFileLimit: Int { Int(linux_open_file_limit()) }

    /// Whether somebody may be asked: `/dev/tty` can be opened.
    package static var hasControllingTerminal: Bool {
        do throws(Errno) {
            _ = try OwnedDescriptor.open(Path("/dev/tty"), .readingAndWriting)
            return true
        } catch {
            return false
        }
    }

    /// Opens /dev/null for each of descriptors 0 to 2 that is closed, so that no socket of ours takes
    /// its number; in the wrong direction, so that using it is an error as before.
    package static func fillStandardDescriptors() {
        linux_fill_standard_descriptors()
    }

    /// A yield that comes back sooner did not change to another process.
    private static let leastTurn = Instant.Span(nanoseconds: 2000)

    /// Lets others run that wait for this processor.
    ///
    /// - Returns: Whether any did.
    package static func yield() -> Bool {
        let start = Instant.now
        linux_yield()
        return Instant.now - start >= leastTurn
    }

    /// Ends this process at once: what is buffered nowhere needs no flushing.
    ///
    /// - Parameter status: 0 to 255; the kernel would make a success of 256.
    package static func exit(_ status: CInt) -> Never {
        linux_exit((0...255).contains(status) ? status : 255)
    }

    /// Replaces this program by a command.
    ///
    /// The corresponding C function is `execvp`.
    /// - Returns: Only what kept it from running.
    package static func become(_ words: [Word], environment: Environment) -> Errno {
        let blocks = CStrings(words.map { $0.bytes })
        let variables = CStrings(environment.entries)
        unsafe linux_execute(blocks.pointer, variables.pointer)
        return .current
    }

    /// Runs a command that reads and says nothing, and waits for its end.
    ///
    /// - Returns: `nil` where it could not be started.
    package static func quietStatus(of words: [Word], environment: Environment) -> ExitStatus? {
        Program.answer(to: words, environment)?.status
    }

    /// Has a process of its own copy what comes from a pipe, for as long as anybody may write to it.
    package static func passOn(from source: CInt, to target: CInt) throws(Errno) {
        _ = try check(linux_pass_on(source, target))
    }

    /// Makes orphaned descendants our children, so that whoever may hold a stream can be found.
    package static func adoptOrphans() throws(Errno) {
        _ = try check(linux_become_subreaper())
    }

    /// Sends a signal; a process that is gone already is no error.
    ///
    /// - Parameter target: A process, or minus a process group.
    package static func signal(_ target: CInt, _ signal: CInt) {
        _ = linux_kill(target, signal)
    }

    /// Sends a signal to a process that is no child of ours: its number may be another's by now.
    ///
    /// The corresponding C functions are `pidfd_open` (Linux 5.3) and `pidfd_send_signal`; where there
    /// are none, the time between question and signal is only short.
    /// - Parameter isMeant: Whether the process that now has the number is the one to be signalled.
    package static func signal(_ number: CInt, _ signal: CInt, if isMeant: () -> Bool) {
        let process = linux_open_process(number)
        guard process >= 0 else {
            if Errno.current != .noSuchProcess, isMeant() { _ = linux_kill(number, signal) }
            return
        }
        let owned = OwnedDescriptor(owning: process)
        guard isMeant(), linux_signal_process(owned.number, signal) < 0 else { return }
        // A container may allow the one call and not the other.
        if Errno.current != .noSuchProcess { _ = linux_kill(number, signal) }
    }
}

/// Keeps this process's memory out of core files and debuggers while it lives.
package struct MemoryGuard: ~Copyable {
    private let coreLimit: UInt64
    private let dumpable: CInt

    package init() {
        var before: UInt64 = 0
        _ = unsafe linux_exchange_core_limit(0, &before)
        dumpable = linux_exchange_dumpable(0)
        coreLimit = before
    }

    /// Gives the process its core limit and its own `/proc` entries back.
    package consuming func end() {
        var ignored: UInt64 = 0
        _ = unsafe linux_exchange_core_limit(coreLimit, &ignored)
        if dumpable > 0 { _ = linux_exchange_dumpable(dumpable) }
    }
}
