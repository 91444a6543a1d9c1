import CLinux

/// Reading and writing that never set a flag others could see.
package enum Descriptor {
    /// Reads what is there into the array, at most `byteCount` bytes.
    ///
    /// - Returns: The bytes; none at end of file.
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

    /// Reads what is there into the block without waiting, whatever the flags of the shared
    /// description are.
    ///
    /// Where the file knows no `RWF_NOWAIT`, it is read after `poll` saw something: who shares the
    /// description may still take it away in between.
    ///
    /// - Returns: The number of bytes read; 0 at end of file.
    /// - Throws: `wouldBlock` when there are none yet.
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
            // What is not in memory has to be waited for: `poll` would call it ready.
            try requireReadable(number)
            return try retry {
                unsafe block.withUnsafeMutableBytes {
                    unsafe linux_read(number, $0.baseAddress, $0.count)
                }
            }
        }
    }

    /// A file that does not wait by itself is only to be read when there is something.
    ///
    /// - Throws: `wouldBlock` where there is nothing.
    static func requireReadable(_ number: CInt) throws(Errno) {
        // A terminal's read also says that it is not our turn.
        if isNonblocking(number) { return }
        guard Readiness.now(of: number, .reading).isReady else { throw .wouldBlock }
    }

    /// Writes without blocking, whatever the flags of the shared description are.
    ///
    /// - Returns: The number of bytes written; 0 when there is no room now.
    package static func writeWithoutBlocking(
        _ number: CInt, _ bytes: ArraySlice<UInt8>
    ) throws(Errno) -> Int {
        let result = unsafe bytes.withUnsafeBytes { memory in
            Result { () throws(Errno) in try unsafe writeWithoutBlocking(number, memory) }
        }
        return try result.get()
    }

    /// A description of our own of the terminal that a descriptor is open on, which never blocks.
    ///
    /// - Returns: The descriptor; `nil` when it is no terminal, or cannot be opened again.
    package static func unblockedTerminal(_ number: CInt) -> OwnedDescriptor? {
        isTerminal(number) ? unblocked(number) : nil
    }

    /// A description of our own of the terminal or pipe that a descriptor is open on for writing,
    /// which never blocks.
    ///
    /// - Returns: The descriptor; `nil` when it is neither, or cannot be opened again.
    package static func unblocked(_ number: CInt) -> OwnedDescriptor? {
        guard isTerminal(number) || FileKind(of: number) == .pipe else { return nil }
        return try? OwnedDescriptor.open(Path("/proc/self/fd/\(number)"), .writingUnblocked)
    }

    /// Writes some of the bytes, waiting for room where the file does.
    package static func write(
        _ number: CInt, _ bytes: ArraySlice<UInt8>
    ) throws(Errno) -> Int {
        try retry {
            unsafe bytes.withUnsafeBytes { unsafe linux_write(number, $0.baseAddress, $0.count) }
        }
    }

    /// Writes all the bytes, waiting for room even where whoever shares the description does not.
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

    /// A description of our own of the pipe or terminal that a descriptor is open on, to read from
    /// it without waiting.
    package static func reopenedForReading(_ number: CInt) throws(Errno) -> OwnedDescriptor {
        try .open(Path("/proc/self/fd/\(number)"), .readingUnblocked)
    }

    /// Whether whoever opened it wants `EAGAIN` instead of waiting.
    package static func isNonblocking(_ number: CInt) -> Bool {
        linux_get_flags(number) & linux_nonblocking != 0
    }

    /// Sets or clears `O_NONBLOCK`, which belongs to the open file description and so shows in
    /// every process that shares it: only for descriptions that we made.
    package static func setNonblocking(_ number: CInt, _ nonblocking: Bool) throws(Errno) {
        let flags = try check(linux_get_flags(number))
        _ = try check(
            linux_set_flags(
                number, nonblocking ? flags | linux_nonblocking : flags & ~linux_nonblocking))
    }

    /// Bytes that wait to be read: in a whole pipe, whichever end is asked, or at this end of a
    /// socket.
    ///
    /// The corresponding C function is `ioctl` with `FIONREAD`.
    package static func queuedByteCount(_ number: CInt) -> Int {
        max(0, Int(linux_queued_bytes(number)))
    }

    /// Whether it is a drive in which each write makes a record.
    package static func isTape(_ number: CInt) -> Bool {
        FileKind(of: number) == .characterDevice && linux_is_tape(number) != 0
    }

    package static func isTerminal(_ number: CInt) -> Bool { linux_is_terminal(number) != 0 }

    /// How wide a terminal's window is (`TIOCGWINSZ`); `nil` where it does not say.
    package static func columns(ofTerminal number: CInt) -> Int? {
        let columns = linux_terminal_columns(number)
        return columns > 0 ? Int(columns) : nil
    }

    /// The inode that names this descriptor's file or socket in `/proc/PID/fd`.
    package static func inode(_ number: CInt) -> UInt64 { linux_inode(number) }

    /// A description of our own of the terminal that a descriptor is open on, to read from it
    /// without waiting; `nil` when it is no terminal, or cannot be opened again.
    package static func unblockedTerminalForReading(_ number: CInt) -> OwnedDescriptor? {
        isTerminal(number) ? try? reopenedForReading(number) : nil
    }

    /// Puts another open file in the place of descriptor `number`.
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

    /// Asks for what a file system tells only when a file is closed, as NFS does of a full disk; the
    /// descriptor stays open.
    package static func settle(_ number: CInt) throws(Errno) {
        _ = try check(linux_close(try check(linux_duplicate(number))))
    }

    /// Closes a descriptor that this process inherited and no value owns.
    package static func closeInherited(_ number: CInt) {
        _ = linux_close(number)
    }

    /// Whether nothing can be read from it.
    package static func isOnlyWritten(_ number: CInt) -> Bool {
        linux_get_flags(number) & linux_access_mode == linux_open_writing & linux_access_mode
    }

    /// Whether nothing can be written to it.
    package static func isOnlyRead(_ number: CInt) -> Bool {
        linux_get_flags(number) & linux_access_mode == linux_open_reading & linux_access_mode
    }

    /// Keeps the descriptor from commands that are started, or lets them have it.
    package static func keepFromCommands(_ number: CInt, _ isKept: Bool) {
        _ = linux_set_close_on_exec(number, isKept ? 1 : 0)
    }

    /// The descriptors from 3 on that this process was started with: what survived our `execve`
    /// is not close-on-exec, what we opened is.
    package static func inheritedAboveStandard() -> [CInt] {
        Proc.numbers(in: "/proc/self/fd").map { CInt($0) }
            .filter { $0 > 2 && linux_survives_exec($0) != 0 }
    }
}
