import LinuxSystem

/// Whether a pipe that only whole records were written into takes one more of them whole.
///
/// What a pipe holds is counted in slots of a page each. A record that is no multiple of a page may
/// share its first slot with the one before, which the reader may have emptied in part: so one slot
/// more than the bytes need may be taken.
package struct RecordRoom: Equatable, Sendable {
    private static let page = 4096

    package let recordSize: Int
    /// What the pipe holds in whole pages, in bytes.
    package let capacity: Int

    package init(recordSize: Int, capacity: Int) {
        self.recordSize = recordSize
        self.capacity = capacity
    }

    /// The least capacity to ask for.
    package static func capacity(for size: Int) -> Int { slots(size) * page }

    package static func fits(_ size: Int, in capacity: Int) -> Bool {
        slots(size) <= capacity / page
    }

    /// - Parameter queued: The bytes in the pipe, all of them written, none spliced.
    package func takesOneMore(queued: Int) -> Bool {
        if queued == 0 { return RecordRoom.fits(recordSize, in: capacity) }
        let spare = recordSize % RecordRoom.page == 0 ? 0 : 1
        let taken = RecordRoom.slots(queued) + spare
        return taken + RecordRoom.slots(recordSize) <= capacity / RecordRoom.page
    }

    private static func slots(_ byteCount: Int) -> Int { (byteCount + page - 1) / page }
}

extension Errno {
    /// No pipe of this host takes such a record at once.
    package static let recordTooLong = Errno.messageTooLong
}
