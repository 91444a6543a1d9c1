import CLinux

/// Reading into memory and writing from it.
extension Descriptor {
    /// Reads available bytes without waiting, whatever the flags of the shared description are.
    ///
    /// The corresponding C function is `preadv2` with `RWF_NOWAIT`; if the file does not know that,
    /// `poll` and `read`.
    /// - Returns: The number of bytes read; 0 at end of file.
    /// - Throws: `wouldBlock` if there are none yet.
    package func readWithoutBlocking(
        into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        do throws(Errno) {
            return try retry { unsafe linux_read_nowait(number, memory.baseAddress, memory.count) }
        } catch  where error == .wouldBlock && FileKind(of: self)?.canBePolled != false {
            throw error
        } catch  where error == .wouldBlock || error.meansAnotherWay {
            // Bytes that are not in memory need a wait, though `poll` calls the file ready.
            try requireReadable()
            return try retry { unsafe linux_read(number, memory.baseAddress, memory.count) }
        }
    }

    /// Writes to a pipe in one call, so that the pipe takes all the bytes if it has room for them.
    ///
    /// A pipe that does not know `RWF_NOWAIT` makes its writer wait: ask for its room first.
    ///
    /// The corresponding C function is `pwritev2` with `RWF_NOWAIT`, or `write`.
    /// - Returns: The number of bytes written.
    /// - Throws: `wouldBlock` if there is no room now; `brokenPipe` if the pipe has no reader.
    package func writeAtOnce(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        do throws(Errno) {
            return try retry { unsafe linux_write_nowait(number, bytes.baseAddress, bytes.count) }
        } catch  where error.meansAnotherWay {
            guard Readiness.now(of: self, .writing).isReady else { throw .wouldBlock }
            return try unsafe write(bytes)
        }
    }

    /// Writes without blocking, whatever the flags of the shared description are.
    ///
    /// A socket takes `MSG_DONTWAIT`, anything else `RWF_NOWAIT`. If the file knows neither, this
    /// writes at most `PIPE_BUF` bytes after `poll` saw room, which a pipe takes whole; one byte to
    /// a terminal. Other writers may be faster and take the room: prefer `unblocked` if it works. A
    /// regular file takes all: it never has to wait for a reader.
    ///
    /// The corresponding C functions are `send`, `pwritev2` and `write`.
    /// - Returns: The number of bytes written; 0 if there is no room now.
    /// - Throws: Any other error of the write, such as `brokenPipe` or `noSpace`.
    package func writeWithoutBlocking(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        let kind = FileKind(of: self)
        // Not a socket: a process that shares its description may make it wait again at any moment.
        if kind == .regular || kind != .socket && isNonblocking {
            return try unsafe writeSome(bytes)
        }
        do throws(Errno) {
            return try retry {
                kind == .socket
                    ? unsafe linux_send_nowait(number, bytes.baseAddress, bytes.count)
                    : unsafe linux_write_nowait(number, bytes.baseAddress, bytes.count)
            }
        } catch .wouldBlock {
            return 0
        } catch  where error.meansAnotherWay {
            guard Readiness.now(of: self, .writing).isReady else { return 0 }
            let limit = kind == .terminal ? 1 : 4096
            return try unsafe write(UnsafeRawBufferPointer(rebasing: bytes.prefix(limit)))
        }
    }

    /// Reads some bytes, or a record of a tape; waits for them unless the file is `O_NONBLOCK`.
    ///
    /// The corresponding C function is `read`.
    /// - Returns: The number of bytes read; 0 at end of file, and at a file mark.
    /// - Throws: The error of the read; `outOfMemory` if the memory is too small for the record.
    package func read(into memory: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try retry { unsafe linux_read(number, memory.baseAddress, memory.count) }
    }

    /// Writes all the bytes; waits for room even if the shared description is `O_NONBLOCK`.
    ///
    /// The corresponding C functions are `write` and `poll`.
    /// - Throws: The error of a write; some bytes may be written.
    package func writeAll(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
        var count = 0
        while count < bytes.count {
            do throws(Errno) {
                count += try unsafe write(UnsafeRawBufferPointer(rebasing: bytes[count...]))
            } catch .wouldBlock {
                var readiness = Readiness()
                readiness.watch(self, .writing)
                try readiness.wait(until: nil)
            }
        }
    }

    /// Writes some of the bytes; waits for room unless the file is `O_NONBLOCK`.
    ///
    /// The corresponding C function is `write`.
    /// - Returns: The number of bytes written.
    /// - Throws: The error of the write; `wouldBlock` from a nonblocking file without room.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try retry { unsafe linux_write(number, bytes.baseAddress, bytes.count) }
    }

    /// The same, but returns 0 if there is no room now.
    private func writeSome(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        do throws(Errno) { return try unsafe write(bytes) } catch .wouldBlock { return 0 }
    }
}
