import CLinux

/// Reading and writing that never set a flag that other processes could see.
package enum Descriptor {
    /// Reads at most `byteCount` bytes; waits for some unless the file is `O_NONBLOCK`.
    ///
    /// The corresponding C function is `read`.
    /// - Returns: The bytes; none at end of file.
    /// - Throws: The error of the read; `wouldBlock` from a nonblocking file that has no bytes yet.
    package static func read(_ number: CInt, byteCount: Int) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        let count = try retry {
            unsafe bytes.withUnsafeMutableBytes {
                unsafe linux_read(number, $0.baseAddress, byteCount)
            }
        }
        bytes.removeLast(byteCount - count)
        return bytes
    }

    /// Reads available bytes into the block without waiting, whatever the flags of the shared
    /// description are.
    ///
    /// If the file does not know `RWF_NOWAIT`, this reads after `poll` saw something: a process
    /// that shares the description may still take the bytes in between.
    ///
    /// The corresponding C function is `preadv2`, or `poll` and `read`.
    /// - Returns: The number of bytes read; 0 at end of file.
    /// - Throws: `wouldBlock` if there are none yet.
    package static func readWithoutBlocking(
        _ number: CInt, into block: inout [UInt8]
    ) throws(Errno) -> Int {
        do throws(Errno) {
            return try retry {
                unsafe block.withUnsafeMutableBytes {
                    unsafe linux_read_nowait(number, $0.baseAddress, $0.count)
                }
            }
        } catch  where error == .wouldBlock && FileKind(of: number)?.canBePolled != false {
            throw error
        } catch  where error == .wouldBlock || error.meansAnotherWay {
            // Bytes that are not in memory need a wait, though `poll` calls the file ready.
            try requireReadable(number)
            return try retry {
                unsafe block.withUnsafeMutableBytes {
                    unsafe linux_read(number, $0.baseAddress, $0.count)
                }
            }
        }
    }

    /// Checks that a read of a blocking file would not wait.
    ///
    /// - Throws: `wouldBlock` if it would.
    static func requireReadable(_ number: CInt) throws(Errno) {
        // A terminal's read also says that it is not our turn.
        if isNonblocking(number) { return }
        guard Readiness.now(of: number, .reading).isReady else { throw .wouldBlock }
    }

    /// Writes without blocking, whatever the flags of the shared description are.
    ///
    /// - Returns: The number of bytes written; 0 if there is no room now.
    /// - Throws: Any other error of the write, such as `brokenPipe` or `noSpace`.
    package static func writeWithoutBlocking(
        _ number: CInt, _ bytes: ArraySlice<UInt8>
    ) throws(Errno) -> Int {
        let result = unsafe bytes.withUnsafeBytes { memory in
            Result { () throws(Errno) in try unsafe writeWithoutBlocking(number, memory) }
        }
        return try result.get()
    }

    /// Opens again the terminal that a descriptor is open on, with a description of our own, which
    /// never blocks.
    ///
    /// - Returns: The new descriptor; `nil` if it is no terminal, or does not open again.
    package static func unblockedTerminal(_ number: CInt) -> OwnedDescriptor? {
        isTerminal(number) ? unblocked(number) : nil
    }

    /// Opens again, for writing, the terminal or pipe that a descriptor is open on, with a
    /// description of our own, which never blocks.
    ///
    /// - Returns: The new descriptor; `nil` if it is neither, or does not open again.
    package static func unblocked(_ number: CInt) -> OwnedDescriptor? {
        guard isTerminal(number) || FileKind(of: number) == .pipe else { return nil }
        return try? OwnedDescriptor.open(Path("/proc/self/fd/\(number)"), .writingUnblocked)
    }

    /// Writes some of the bytes; waits for room unless the file is `O_NONBLOCK`.
    ///
    /// The corresponding C function is `write`.
    /// - Returns: The number of bytes written.
    /// - Throws: The error of the write; `wouldBlock` from a nonblocking file without room.
    package static func write(
        _ number: CInt, _ bytes: ArraySlice<UInt8>
    ) throws(Errno) -> Int {
        try retry {
            unsafe bytes.withUnsafeBytes { unsafe linux_write(number, $0.baseAddress, $0.count) }
        }
    }

    /// Writes all the bytes; waits for room even if the shared description is `O_NONBLOCK`.
    ///
    /// The corresponding C functions are `write` and `poll`.
    /// - Throws: The error of a write, such as `brokenPipe` or `noSpace`; some bytes may be
    ///   written.
    package static func writeAll(_ number: CInt, _ bytes: [UInt8]) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            do throws(Errno) {
                rest = rest.dropFirst(try write(number, rest))
            } catch .wouldBlock {
                var readiness = Readiness()
                readiness.watch(number, .writing)
                try readiness.wait(until: nil)
            }
        }
    }

    /// Opens again the pipe or terminal that a descriptor is open on, with a description of our
    /// own, to read from it without waiting.
    ///
    /// - Throws: The error of opening it, such as `accessDenied`.
    package static func reopenedForReading(_ number: CInt) throws(Errno) -> OwnedDescriptor {
        try .open(Path("/proc/self/fd/\(number)"), .readingUnblocked)
    }

    /// Whether the open file description is `O_NONBLOCK`.
    ///
    /// The corresponding C function is `fcntl` with `F_GETFL`.
    package static func isNonblocking(_ number: CInt) -> Bool {
        linux_get_flags(number) & linux_nonblocking != 0
    }

    /// Sets or clears `O_NONBLOCK`, which belongs to the open file description, so every process
    /// that shares it sees the change: only for descriptions that we made.
    ///
    /// The corresponding C function is `fcntl` with `F_SETFL`.
    /// - Throws: `badDescriptor` if the descriptor is not open.
    package static func setNonblocking(_ number: CInt, _ nonblocking: Bool) throws(Errno) {
        let flags = try check(linux_get_flags(number))
        _ = try check(
            linux_set_flags(
                number, nonblocking ? flags | linux_nonblocking : flags & ~linux_nonblocking))
    }

    /// The number of bytes that wait for a reader: in a whole pipe, whichever end you ask, or at
    /// this end of a socket.
    ///
    /// The corresponding C function is `ioctl` with `FIONREAD`.
    package static func queuedByteCount(_ number: CInt) -> Int {
        max(0, Int(linux_queued_bytes(number)))
    }

    /// Whether it is a tape drive, in which each write makes a record (`MTIOCGET` of `st(4)`).
    package static func isTape(_ number: CInt) -> Bool {
        FileKind(of: number) == .characterDevice && linux_is_tape(number) != 0
    }

    /// Whether the descriptor is open on a terminal.
    ///
    /// The corresponding C function is `isatty`.
    package static func isTerminal(_ number: CInt) -> Bool { linux_is_terminal(number) != 0 }

    /// The width of a terminal's window in characters (`TIOCGWINSZ`); `nil` if it does not say.
    package static func columns(ofTerminal number: CInt) -> Int? {
        let columns = linux_terminal_columns(number)
        return columns > 0 ? Int(columns) : nil
    }

    /// The inode that names this descriptor's file or socket in `/proc/PID/fd`.
    package static func inode(_ number: CInt) -> UInt64 { linux_inode(number) }

    /// Opens again the terminal that a descriptor is open on, with a description of our own, to
    /// read from it without waiting.
    ///
    /// - Returns: The new descriptor; `nil` if it is no terminal, or does not open again.
    package static func unblockedTerminalForReading(_ number: CInt) -> OwnedDescriptor? {
        isTerminal(number) ? try? reopenedForReading(number) : nil
    }

    /// Makes descriptor `number` refer to the open file of `other`.
    ///
    /// The corresponding C function is `dup2`.
    /// - Throws: `badDescriptor` if `other` is not open.
    package static func replace(_ number: CInt, with other: CInt) throws(Errno) {
        _ = try check(linux_replace(other, number))
    }

    /// Puts `/dev/null` in the place of standard descriptors that are not ours to use any more.
    ///
    /// - Throws: What keeps `/dev/null` from being opened.
    package static func null(_ numbers: CInt...) throws(Errno) {
        let null = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        for number in numbers { try replace(number, with: null.number) }
    }

    /// Asks for errors that a file system reports only at a close, as NFS does for a full disk; the
    /// descriptor stays open.
    ///
    /// The corresponding C functions are `fcntl` with `F_DUPFD_CLOEXEC`, and `close`.
    /// - Throws: The error of the close, such as `noSpace`.
    package static func settle(_ number: CInt) throws(Errno) {
        _ = try check(linux_close(try check(linux_duplicate(number))))
    }

    /// Closes a descriptor that this process inherited and no value owns.
    package static func closeInherited(_ number: CInt) {
        _ = linux_close(number)
    }

    /// Whether it is open for writing only (`O_WRONLY`).
    package static func isOnlyWritten(_ number: CInt) -> Bool {
        linux_get_flags(number) & linux_access_mode == linux_open_writing & linux_access_mode
    }

    /// Whether it is open for reading only (`O_RDONLY`).
    package static func isOnlyRead(_ number: CInt) -> Bool {
        linux_get_flags(number) & linux_access_mode == linux_open_reading & linux_access_mode
    }

    /// Sets or clears close-on-exec: whether commands that we start get the descriptor.
    ///
    /// The corresponding C function is `fcntl` with `F_SETFD`.
    package static func keepFromCommands(_ number: CInt, _ isKept: Bool) {
        _ = linux_set_close_on_exec(number, isKept ? 1 : 0)
    }

    /// The descriptors from 3 on that this process inherited: those that survived our `execve` are
    /// not close-on-exec; the ones that we open are.
    package static func inheritedAboveStandard() -> [CInt] {
        Proc.numbers(in: "/proc/self/fd").map { CInt($0) }
            .filter { $0 > 2 && linux_survives_exec($0) != 0 }
    }
}
