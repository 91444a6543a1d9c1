import CLinux

/// The offset of an open file, which every process that shares its description has in common.
extension Descriptor {
    /// The offset of the next byte; `nil` if the file has none, such as a pipe.
    ///
    /// The corresponding C function is `lseek` with `SEEK_CUR`.
    package var position: Int64? {
        let position = linux_seek_by(number, 0)
        return position < 0 ? nil : position
    }

    /// Moves the offset to `position`, in bytes from the start.
    ///
    /// The corresponding C function is `lseek` with `SEEK_SET`.
    /// - Throws: The error of the seek.
    package func setPosition(_ position: Int64) throws(Errno) {
        if linux_seek_to(number, position) < 0 { throw .current }
    }

    /// Moves the offset past `byteCount` bytes, which are then ours alone: any other process that
    /// writes at the offset lands behind them, because the kernel moves it for one at a time.
    ///
    /// The corresponding C function is `lseek` with `SEEK_CUR`.
    /// - Returns: The offset of the first of these bytes.
    /// - Throws: `invalid` past the end of a block device.
    package func claim(_ byteCount: Int) throws(Errno) -> Int64 {
        let end = linux_seek_by(number, Int64(byteCount))
        if end < 0 { throw .current }
        return end - Int64(byteCount)
    }

    /// Gives back `byteCount` claimed bytes, from `position` on.
    ///
    /// - Throws: `busy` if another process has moved the offset since.
    package func release(_ byteCount: Int, from position: Int64) throws(Errno) {
        guard self.position == position + Int64(byteCount) else { throw .busy }
        try setPosition(position)
    }

    /// Cuts a file to a length in bytes.
    ///
    /// The corresponding C function is `ftruncate`.
    /// - Throws: `invalid` if the file is not open for writing.
    package func truncate(to length: Int64) throws(Errno) {
        _ = try check(linux_truncate(number, length))
    }

    /// Whether every write goes to the file's end, wherever the offset is (`O_APPEND`).
    package var isAppending: Bool {
        linux_get_flags(number) & linux_appending != 0
    }

    /// Whether it bypasses the page cache, and so takes only whole blocks of the device
    /// (`O_DIRECT`).
    package var isDirect: Bool {
        linux_get_flags(number) & linux_direct != 0
    }

    /// The length of a file in bytes; `nil` if the descriptor is not open.
    ///
    /// The corresponding C function is `fstat`.
    package var size: Int64? {
        let size = linux_file_size(number)
        return size < 0 ? nil : size
    }

    /// Whether the file is one of the kernel's own, such as those of `/proc`: these maintain
    /// neither length nor offset (`fstatfs` reports no blocks).
    package var isOfKernel: Bool { linux_has_blocks(number) == 0 }
}
