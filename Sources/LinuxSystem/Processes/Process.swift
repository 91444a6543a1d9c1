import CLinux

/// This process, as the kernel treats it.
package enum Process {
    package static var number: CInt { linux_process() }
    package static var parent: CInt { linux_parent_process() }

    /// The number of files that this process may have open (`RLIMIT_NOFILE`).
    package static var openFileLimit: Int { Int(linux_open_file_limit()) }

    /// Whether there is a terminal to ask a user: `/dev/tty` opens.
    package static var hasControllingTerminal: Bool {
        do throws(Errno) {
            _ = try OwnedDescriptor.open(Path("/dev/tty"), .readingAndWriting)
            return true
        } catch {
            return false
        }
    }

    /// Opens /dev/null for each of descriptors 0 to 2 that is closed, so that no socket of ours
    /// gets its number. It opens it in the wrong direction, so that using it is an error as before.
    package static func fillStandardDescriptors() {
        linux_fill_standard_descriptors()
    }

    /// A yield that returns sooner did not switch to another process.
    private static let leastTurn = Instant.Span(nanoseconds: 2000)

    /// Lets other processes run that wait for this processor.
    ///
    /// The corresponding C function is `sched_yield`.
    /// - Returns: Whether any ran.
    package static func yield() -> Bool {
        let start = Instant.now
        linux_yield()
        return Instant.now - start >= leastTurn
    }

    /// Ends this process at once; there are no buffers to flush.
    ///
    /// The corresponding C function is `_exit`.
    /// - Parameter status: 0 to 255; the kernel would turn 256 into a success.
    package static func exit(_ status: CInt) -> Never {
        linux_exit((0...255).contains(status) ? status : 255)
    }

    /// Replaces this program by a command.
    ///
    /// The corresponding C function is `execvpe`.
    /// - Returns: Only if it fails: the error.
    package static func become(_ words: [Word], environment: Environment) -> Errno {
        let blocks = CStrings(words.map { $0.bytes })
        let variables = CStrings(environment.entries)
        unsafe linux_execute(blocks.pointer, variables.pointer)
        return .current
    }

    /// Runs a command with no input and output, and waits for its end.
    ///
    /// - Returns: Its status; `nil` if it did not start.
    package static func quietStatus(of words: [Word], environment: Environment) -> ExitStatus? {
        Program.answer(to: words, environment)?.status
    }

    /// Starts a copy of this process, which has one thread, to do some work.
    ///
    /// The corresponding C functions are `fork` and `_exit`.
    /// - Parameter work: What it does; its status is 1 if that throws.
    /// - Returns: The number of the new process: wait for its end.
    /// - Throws: The error of `fork`.
    package static func fork(_ work: () throws(Errno) -> Void) throws(Errno) -> CInt {
        let child = try check(linux_fork())
        guard child == 0 else { return child }
        do throws(Errno) { try work() } catch { exit(1) }
        exit(0)
    }

    /// Waits for a child's end.
    ///
    /// The corresponding C function is `waitpid`.
    package static func end(of child: CInt) throws(Errno) -> ExitStatus {
        ExitStatus(waitStatus: try check(linux_await(child)))
    }

    /// Starts a process that copies bytes from a pipe to `target`, until no process can write to
    /// the pipe any more.
    ///
    /// The corresponding C function is `fork`.
    /// - Throws: The error of `fork`.
    package static func passOn(from source: Descriptor, to target: Descriptor) throws(Errno) {
        _ = try check(linux_pass_on(source.number, target.number))
    }

    /// Gives this process the name that `/proc` and `ps` show, cut after 15 bytes.
    ///
    /// The corresponding C function is `prctl` with `PR_SET_NAME`.
    package static func setName(_ name: String) {
        unsafe name.withCString { unsafe linux_set_name($0) }
    }

    /// Makes orphaned descendants our children, so that we can find any that holds a stream.
    ///
    /// The corresponding C function is `prctl` with `PR_SET_CHILD_SUBREAPER`.
    /// - Throws: The error of `prctl`.
    package static func adoptOrphans() throws(Errno) {
        _ = try check(linux_become_subreaper())
    }

    /// Lets this process live on when its parent ends.
    ///
    /// The corresponding C function is `prctl` with `PR_SET_PDEATHSIG`.
    package static func outliveParent() { _ = linux_forget_parent() }

    /// Sends a signal; it is no error if the process is gone.
    ///
    /// The corresponding C function is `kill`.
    /// - Parameter target: A process, or a process group as a negative number.
    package static func signal(_ target: CInt, _ signal: CInt) {
        _ = linux_kill(target, signal)
    }

    /// Sends a signal to a process that is not our child: another may have its number by now.
    ///
    /// The corresponding C functions are `pidfd_open` (Linux 5.3) and `pidfd_send_signal`. Without
    /// them the time between check and signal is short, but not zero.
    /// - Parameter isMeant: Whether the process that now has the number is the intended one.
    package static func signal(_ number: CInt, _ signal: CInt, if isMeant: () -> Bool) {
        let process = linux_open_process(number)
        guard process >= 0 else {
            if Errno.current != .noSuchProcess, isMeant() { _ = linux_kill(number, signal) }
            return
        }
        let owned = OwnedDescriptor(owning: process)
        guard isMeant(), linux_signal_process(owned.number, signal) < 0 else { return }
        // A container may allow one call and not the other.
        if Errno.current != .noSuchProcess { _ = linux_kill(number, signal) }
    }
}

extension Process {
    /// Lets this process leave no core file from now on, and give a program that takes them nothing;
    /// commands that it started are not concerned.
    ///
    /// The corresponding C function is `setrlimit`: a limit of one byte keeps the kernel from starting
    /// such a program, which 0 does not (`core(5)`).
    package static func leaveNoCore() {
        var ignored: UInt64 = 0
        _ = unsafe linux_exchange_core_limit(1, &ignored)
    }
}

/// Keeps this process's memory out of core files and debuggers while it lives.
package struct MemoryGuard: ~Copyable {
    private let coreLimit: UInt64
    private let dumpable: CInt

    /// Sets the core limit to 0 and makes the process not dumpable (`setrlimit(2)`, `prctl(2)`).
    package init() {
        var before: UInt64 = 0
        _ = unsafe linux_exchange_core_limit(0, &before)
        dumpable = linux_exchange_dumpable(0)
        coreLimit = before
    }

    /// Restores the core limit, and the process's access to its own `/proc` entries.
    package consuming func end() {
        var ignored: UInt64 = 0
        _ = unsafe linux_exchange_core_limit(coreLimit, &ignored)
        if dumpable > 0 { _ = linux_exchange_dumpable(dumpable) }
    }
}
