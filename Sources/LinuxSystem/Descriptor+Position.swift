import CLinux

/// Where an open file goes on; all who share its description have that in common.
extension Descriptor {
    /// The place of the next byte; `nil` where bytes have none, as in a pipe.
    package static func position(of number: CInt) -> Int64? {
        let position = linux_seek_by(number, 0)
        return position < 0 ? nil : position
    }

    package static func setPosition(of number: CInt, _ position: Int64) throws(Errno) {
        if linux_seek_to(number, position) < 0 { throw .current }
    }

    /// Moves the position on over a place for so many bytes, which is then ours alone: whoever else
    /// writes at the position comes behind it, for the kernel moves it for one at a time.
    ///
    /// - Returns: Where that place begins.
    /// - Throws: `invalid` past the end of a block device.
    package static func claim(_ byteCount: Int, of number: CInt) throws(Errno) -> Int64 {
        let end = linux_seek_by(number, Int64(byteCount))
        if end < 0 { throw .current }
        return end - Int64(byteCount)
    }

    /// Gives so many bytes of a claimed place back, from `position` on.
    ///
    /// - Throws: `busy` when somebody has gone on behind it.
    package static func release(
        _ byteCount: Int, of number: CInt, from position: Int64
    ) throws(Errno) {
        guard Descriptor.position(of: number) == position + Int64(byteCount) else { throw .busy }
        try setPosition(of: number, position)
    }

    /// Whether every write goes to the file's end, wherever the position is.
    package static func isAppending(_ number: CInt) -> Bool {
        linux_get_flags(number) & linux_appending != 0
    }

    /// Whether it passes the page cache by, and so takes whole blocks of the device alone.
    package static func isDirect(_ number: CInt) -> Bool {
        linux_get_flags(number) & linux_direct != 0
    }

    /// The length of a file in bytes.
    package static func size(of number: CInt) -> Int64? {
        let size = linux_file_size(number)
        return size < 0 ? nil : size
    }

    /// Whether the file is one of the kernel's own, such as those of /proc: they count neither
    /// length nor position.
    package static func isOfKernel(_ number: CInt) -> Bool { linux_has_blocks(number) == 0 }
}
