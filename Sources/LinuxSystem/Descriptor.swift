import CLinux

/// A file descriptor that another value owns, or the process itself: the borrowed half of
/// `OwnedDescriptor`.
///
/// Reading and writing never set a flag that other processes could see.
package struct Descriptor: Equatable, Sendable {
    package let number: CInt

    package static let standardInput = Descriptor(number: 0)
    package static let standardOutput = Descriptor(number: 1)
    package static let standardError = Descriptor(number: 2)
    /// No file any more: every call on it fails, and a wait ignores it.
    package static let closed = Descriptor(number: -1)

    /// - Parameter number: The descriptor as the kernel knows it.
    package init(number: CInt) {
        self.number = number
    }

    /// Reads at most `byteCount` bytes; waits for some unless the file is `O_NONBLOCK`.
    ///
    /// The corresponding C function is `read`.
    /// - Returns: The bytes; none at end of file.
    /// - Throws: The error of the read; `wouldBlock` from a nonblocking file that has no bytes yet.
    package func read(byteCount: Int) throws(Errno) -> [UInt8] {
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
    package func readWithoutBlocking(into block: inout [UInt8]) throws(Errno) -> Int {
        do throws(Errno) {
            return try retry {
                unsafe block.withUnsafeMutableBytes {
                    unsafe linux_read_nowait(number, $0.baseAddress, $0.count)
                }
            }
        } catch  where error == .wouldBlock && FileKind(of: self)?.canBePolled != false {
            throw error
        } catch  where error == .wouldBlock || error.meansAnotherWay {
            // Bytes that are not in memory need a wait, though `poll` calls the file ready.
            try requireReadable()
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
    func requireReadable() throws(Errno) {
        // A terminal's read also says that it is not our turn.
        if isNonblocking { return }
        guard Readiness.now(of: self, .reading).isReady else { throw .wouldBlock }
    }

    /// Writes without blocking, whatever the flags of the shared description are.
    ///
    /// - Returns: The number of bytes written; 0 if there is no room now.
    /// - Throws: Any other error of the write, such as `brokenPipe` or `noSpace`.
    package func writeWithoutBlocking(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        let result = unsafe bytes.withUnsafeBytes { memory in
            Result { () throws(Errno) in try unsafe writeWithoutBlocking(memory) }
        }
        return try result.get()
    }

    /// Opens again the terminal that a descriptor is open on, with a description of our own, which
    /// never blocks.
    ///
    /// - Returns: The new descriptor; `nil` if it is no terminal, or does not open again.
    package func unblockedTerminal() -> OwnedDescriptor? {
        isTerminal ? unblocked() : nil
    }

    /// Opens again, for writing, the terminal or pipe that a descriptor is open on, with a
    /// description of our own, which never blocks.
    ///
    /// - Returns: The new descriptor; `nil` if it is neither, or does not open again.
    package func unblocked() -> OwnedDescriptor? {
        guard isTerminal || FileKind(of: self) == .pipe else { return nil }
        return try? OwnedDescriptor.open(Path("/proc/self/fd/\(number)"), .writingUnblocked)
    }

    /// Writes some of the bytes; waits for room unless the file is `O_NONBLOCK`.
    ///
    /// The corresponding C function is `write`.
    /// - Returns: The number of bytes written.
    /// - Throws: The error of the write; `wouldBlock` from a nonblocking file without room.
    package func write(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        try retry {
            unsafe bytes.withUnsafeBytes { unsafe linux_write(number, $0.baseAddress, $0.count) }
        }
    }

    /// Writes all the bytes; waits for room even if the shared description is `O_NONBLOCK`.
    ///
    /// The corresponding C functions are `write` and `poll`.
    /// - Throws: The error of a write, such as `brokenPipe` or `noSpace`; some bytes may be
    ///   written.
    package func writeAll(_ bytes: [UInt8]) throws(Errno) {
        var rest = bytes[...]
        while !rest.isEmpty {
            do throws(Errno) {
                rest = rest.dropFirst(try write(rest))
            } catch .wouldBlock {
                var readiness = Readiness()
                readiness.watch(self, .writing)
                try readiness.wait(until: nil)
            }
        }
    }

    /// Opens again the pipe or terminal that a descriptor is open on, with a description of our
    /// own, to read from it without waiting.
    ///
    /// - Throws: The error of opening it, such as `accessDenied`.
    package func reopenedForReading() throws(Errno) -> OwnedDescriptor {
        try .open(Path("/proc/self/fd/\(number)"), .readingUnblocked)
    }

    /// Whether the open file description is `O_NONBLOCK`.
    ///
    /// The corresponding C function is `fcntl` with `F_GETFL`.
    package var isNonblocking: Bool {
        linux_get_flags(number) & linux_nonblocking != 0
    }

    /// Sets or clears `O_NONBLOCK`, which belongs to the open file description, so every process
    /// that shares it sees the change: only for descriptions that we made.
    ///
    /// The corresponding C function is `fcntl` with `F_SETFL`.
    /// - Throws: `badDescriptor` if the descriptor is not open.
    package func setNonblocking(_ nonblocking: Bool) throws(Errno) {
        let flags = try check(linux_get_flags(number))
        _ = try check(
            linux_set_flags(
                number, nonblocking ? flags | linux_nonblocking : flags & ~linux_nonblocking))
    }

    /// The number of bytes that wait for a reader: in a whole pipe, whichever end you ask, or at
    /// this end of a socket.
    ///
    /// The corresponding C function is `ioctl` with `FIONREAD`.
    package var queuedByteCount: Int {
        max(0, Int(linux_queued_bytes(number)))
    }

    /// Whether it is a tape drive, in which each write makes a record (`MTIOCGET` of `st(4)`).
    package var isTape: Bool {
        FileKind(of: self) == .characterDevice && linux_is_tape(number) != 0
    }

    /// Whether the descriptor is open on a terminal.
    ///
    /// The corresponding C function is `isatty`.
    package var isTerminal: Bool { linux_is_terminal(number) != 0 }

    /// The width of a terminal's window in characters (`TIOCGWINSZ`); `nil` if it does not say.
    package var terminalColumns: Int? {
        let columns = linux_terminal_columns(number)
        return columns > 0 ? Int(columns) : nil
    }

    /// Which file it is, among all of this host.
    package var identity: FileIdentity {
        FileIdentity(device: linux_device(number), inode: inode)
    }

    /// The inode that names this descriptor's file or socket in `/proc/PID/fd`.
    package var inode: UInt64 { linux_inode(number) }

    /// Opens again the terminal that a descriptor is open on, with a description of our own, to
    /// read from it without waiting.
    ///
    /// - Returns: The new descriptor; `nil` if it is no terminal, or does not open again.
    package func unblockedTerminalForReading() -> OwnedDescriptor? {
        isTerminal ? try? reopenedForReading() : nil
    }

    /// Makes this descriptor refer to the open file of `other`.
    ///
    /// The corresponding C function is `dup2`.
    /// - Throws: `badDescriptor` if `other` is not open.
    package func replace(with other: Descriptor) throws(Errno) {
        _ = try check(linux_replace(other.number, number))
    }

    /// Puts `/dev/null` in the place of standard descriptors that are not ours to use any more.
    ///
    /// - Throws: What keeps `/dev/null` from being opened.
    package static func null(_ descriptors: Descriptor...) throws(Errno) {
        let null = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        for descriptor in descriptors { try descriptor.replace(with: null.borrowed) }
    }

    /// Asks for errors that a file system reports only at a close, as NFS does for a full disk; the
    /// descriptor stays open.
    ///
    /// The corresponding C functions are `fcntl` with `F_DUPFD_CLOEXEC`, and `close`.
    /// - Throws: The error of the close, such as `noSpace`.
    package func settle() throws(Errno) {
        _ = try check(linux_close(try check(linux_duplicate(number))))
    }

    /// Closes a descriptor that this process inherited and no value owns.
    package func closeInherited() {
        _ = linux_close(number)
    }

    /// Whether it is open for writing only (`O_WRONLY`).
    package var isOnlyWritten: Bool {
        linux_get_flags(number) & linux_access_mode == linux_open_writing & linux_access_mode
    }

    /// Whether it is open for reading only (`O_RDONLY`).
    package var isOnlyRead: Bool {
        linux_get_flags(number) & linux_access_mode == linux_open_reading & linux_access_mode
    }

    /// Sets or clears close-on-exec: whether commands that we start get the descriptor.
    ///
    /// The corresponding C function is `fcntl` with `F_SETFD`.
    package func keepFromCommands(_ isKept: Bool) {
        _ = linux_set_close_on_exec(number, isKept ? 1 : 0)
    }

    /// The descriptors from 3 on that this process inherited: those that survived our `execve` are
    /// not close-on-exec; the ones that we open are.
    package static func inheritedAboveStandard() -> [Descriptor] {
        Proc.numbers(in: "/proc/self/fd").map { CInt($0) }
            .filter { $0 > 2 && linux_survives_exec($0) != 0 }
            .map { Descriptor(number: $0) }
    }
}

/// What tells one file from another while both exist (`inode(7)`).
package struct FileIdentity: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
}
