import CLinux

/// Moving bytes from one descriptor to another inside the kernel.
package enum Splice {
    /// Moves at most `byteCount` bytes; one of the two is a pipe.
    ///
    /// It never waits for a pipe. A socket must be `O_NONBLOCK`: while the kernel waits for one, it
    /// holds the lock of the pipe and freezes every user of its other end (KERNEL H1).
    ///
    /// - Returns: The number of bytes moved; 0 at end of stream.
    /// - Throws: `wouldBlock`, which does not say which end is the cause; `invalid` if one of the
    ///   files does not splice, with nothing moved.
    ///
    /// The corresponding C function is `splice`.
    package static func move(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        try retry { linux_splice(source.number, target.number, byteCount) }
    }

    /// Puts at most `byteCount` bytes that are next in a pipe into another one as well, without a
    /// copy of them.
    ///
    /// - Returns: The number of bytes that are in both now, from the pipe's first on.
    /// - Throws: `wouldBlock` if the first pipe has none, or the second no room.
    ///
    /// The corresponding C function is `tee`.
    package static func tee(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        try retry { linux_tee(source.number, target.number, byteCount) }
    }

    /// Moves at most `byteCount` bytes of a file, from its current offset on.
    ///
    /// - Returns: The number of bytes moved; 0 at end of file.
    /// - Throws: `wouldBlock` if the target has no room; `invalid` if the file does not support it.
    ///
    /// The corresponding C function is `sendfile`.
    package static func sendFile(
        from file: Descriptor, to socket: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        try retry { linux_send_file(file.number, socket.number, byteCount) }
    }
}
