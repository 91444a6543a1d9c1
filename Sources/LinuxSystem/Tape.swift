import CLinux

/// What a tape drive says of itself and its tape (`st(4)`).
package struct TapeState: Equatable, Sendable {
    /// In bytes; `nil` in variable-block mode, in which each write makes a block of its own size.
    package var blockSize: Int?
    package var isProtected = false
    /// Whether there is no tape in the drive.
    package var isEmpty = false
    package var isAtBeginning = false
    /// Whether nothing was written behind this place.
    package var isAtEnd = false

    /// A drive in variable-block mode, somewhere on a tape.
    package init() {}

    /// The state now; `nil` if it is no tape drive.
    ///
    /// The corresponding C function is `ioctl` with `MTIOCGET`.
    package init?(of descriptor: Descriptor) {
        var tape = linux_tape()
        guard descriptor.isTape, unsafe linux_tape_state(descriptor.number, &tape) == 0 else {
            return nil
        }
        blockSize = tape.block_size > 0 ? Int(tape.block_size) : nil
        isProtected = tape.is_protected != 0
        isEmpty = tape.is_empty != 0
        isAtBeginning = tape.is_at_beginning != 0
        isAtEnd = tape.is_at_end != 0
    }
}

/// Operations of a tape drive (`ioctl` with `MTIOCTOP`).
extension Descriptor {
    /// Writes a file mark, and waits until everything before it is on the tape (`MTWEOF`). The
    /// driver then writes none when the drive is closed.
    ///
    /// - Throws: What kept anything that was written from getting onto the tape.
    package func writeTapeMark() throws(Errno) { try tapeOperation(linux_tape_mark) }

    /// Winds the tape back to its beginning (`MTREW`).
    ///
    /// - Throws: The error of the drive.
    package func rewindTape() throws(Errno) { try tapeOperation(linux_tape_rewind) }

    /// Winds the tape back before the last record (`MTBSR`).
    ///
    /// - Throws: The error of the drive.
    package func backUpTape() throws(Errno) { try tapeOperation(linux_tape_back) }

    /// Whether it is a tape device that rewinds the tape whenever it is closed, such as `/dev/st0`.
    package var rewindsTape: Bool { isTape && linux_tape_rewinds(number) != 0 }

    private func tapeOperation(_ operation: CInt) throws(Errno) {
        _ = try check(linux_tape_operation(number, operation, 1))
    }
}
