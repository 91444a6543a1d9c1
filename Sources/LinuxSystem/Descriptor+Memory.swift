import CLinux

/// Reading into memory, and writing from it, that nobody else owns.
extension Descriptor {
    /// Reads what is there without waiting, whatever the flags of the shared description are.
    ///
    /// - Returns: The number of bytes read; 0 at end of file.
    /// - Throws: `wouldBlock` when there are none yet.
    package static func readWithoutBlocking(
        _ number: CInt, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        do throws(Errno) {
            return try retry { unsafe linux_read_nowait(number, memory.baseAddress, memory.count) }
        } catch  where error.meansAnotherWay {
            try requireReadable(number)
            return try retry { unsafe linux_read(number, memory.baseAddress, memory.count) }
        }
    }

    /// Writes to a pipe in one call, so that it takes the bytes whole if it has room for all of them.
    ///
    /// A pipe that knows no `RWF_NOWAIT` makes its writer wait: ask it for its room first.
    ///
    /// - Returns: The number of bytes written.
    /// - Throws: `wouldBlock` when there is no room now.
    package static func writeAtOnce(
        _ number: CInt, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        do throws(Errno) {
            return try retry { unsafe linux_write_nowait(number, bytes.baseAddress, bytes.count) }
        } catch  where error.meansAnotherWay {
            guard Readiness.now(of: number, .writing).isReady else { throw .wouldBlock }
            return try unsafe write(number, bytes)
        }
    }

    /// Writes without blocking, whatever the flags of the shared description are.
    ///
    /// A socket takes `MSG_DONTWAIT`, anything else `RWF_NOWAIT`; where the file knows neither, at
    /// most `PIPE_BUF` bytes are written after `poll` saw room, which a pipe takes whole; a terminal
    /// takes one. Others that write there may be faster: see `unblocked`, where it can be had. A
    /// regular file takes all: for it there is no later.
    ///
    /// - Returns: The number of bytes written; 0 when there is no room now.
    package static func writeWithoutBlocking(
        _ number: CInt, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        let kind = FileKind(of: number)
        // Not a socket: who shares its description may make it wait again at any moment.
        if kind == .regular || kind != .socket && isNonblocking(number) {
            return try unsafe writeSome(number, bytes)
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
            guard Readiness.now(of: number, .writing).isReady else { return 0 }
            let limit = kind == .terminal ? 1 : 4096
            return try unsafe write(number, UnsafeRawBufferPointer(rebasing: bytes.prefix(limit)))
        }
    }

    /// Writes some of the bytes, waiting for room where the file does.
    package static func write(
        _ number: CInt, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        try retry { unsafe linux_write(number, bytes.baseAddress, bytes.count) }
    }

    /// The same, but 0 where there is no room now.
    private static func writeSome(
        _ number: CInt, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        do throws(Errno) { return try unsafe write(number, bytes) } catch .wouldBlock { return 0 }
    }
}
