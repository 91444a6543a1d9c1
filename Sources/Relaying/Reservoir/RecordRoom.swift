import LinuxSystem

/// Whether a pipe that only whole records were written into takes one more of them whole.
///
/// What a pipe holds is counted in slots of a page each. What one write has over whole pages goes
/// into the newest slot if all of it fits there, else the write begins a new one (`pipe_write` in
/// `fs/pipe.c`): so records of less than a page share slots, and larger ones at most begin in one.
package struct RecordRoom: Equatable, Sendable {
    package let recordSize: Int
    /// What the pipe holds in whole pages, in bytes.
    package let capacity: Int
    private let page: Int

    /// - Parameter capacity: What the pipe holds in whole pages, in bytes.
    package init(recordSize: Int, capacity: Int, page: Int = Pipe.pageSize) {
        precondition(recordSize > 0)
        self.recordSize = recordSize
        self.capacity = capacity
        self.page = page
    }

    /// The least capacity to ask for.
    package static func capacity(for size: Int) -> Int {
        slots(size, of: Pipe.pageSize) * Pipe.pageSize
    }

    /// Whether an empty pipe takes a record of so many bytes whole.
    package static func fits(_ size: Int, in capacity: Int) -> Bool {
        slots(size, of: Pipe.pageSize) <= capacity / Pipe.pageSize
    }

    /// - Parameter queued: The bytes in the pipe, all of them written, none spliced.
    package func takesOneMore(queued: Int) -> Bool {
        (queued == 0 ? 0 : mostTaken(queued)) + RecordRoom.slots(recordSize, of: page)
            <= capacity / page
    }

    /// The most slots that records of so many bytes can fill, the first of them perhaps read in part.
    private func mostTaken(_ queued: Int) -> Int {
        let records = (queued + recordSize - 1) / recordSize
        guard recordSize < page else { return records * RecordRoom.slots(recordSize, of: page) }
        let shared = page / recordSize
        // The first slot may have held some that were read.
        return (records + shared - 1) / shared + 1
    }

    private static func slots(_ byteCount: Int, of page: Int) -> Int {
        (byteCount + page - 1) / page
    }
}

extension Errno {
    /// No pipe of this host takes such a record at once.
    package static let recordTooLong = Errno.messageTooLong
}
