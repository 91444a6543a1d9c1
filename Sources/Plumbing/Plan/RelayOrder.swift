/// How a relay moves bytes.
package enum RelayEngine: String, CaseIterable, Sendable {
    /// `splice` and `sendfile` that never wait, in the poll loop.
    case splice
    /// Reads and writes through io_uring, in flight at both ends at once.
    case ring
    /// Splices through io_uring.
    case ringSplice = "ring-splice"
    /// `read` and `write`.
    case copy
}

/// What a relay is to do.
package struct RelayOrder: Equatable, Sendable {
    /// `nil` chooses.
    package var engine: RelayEngine?
    /// Whether the content's hash is to be part of the verdict.
    package var hasChecksum = false
    /// The records in which a reader is to get its bytes.
    package var record: RecordOrder?
    /// What stands before a reader.
    package var buffer: BufferOrder?
    /// Whether ends that write hand off, because only readers need a relay.
    package var isForReaders = false

    package init(engine: RelayEngine? = nil, hasChecksum: Bool = false) {
        self.engine = engine
        self.hasChecksum = hasChecksum
    }

    /// Whether readers need a relay, whatever else is asked for.
    package var servesReaders: Bool { record != nil || buffer != nil }
}

/// The size in which a reader must get its bytes.
package struct RecordOrder: Equatable, Sendable {
    package static let sizes = 1...1 << 30

    package var size: Int
    /// Whether the last one is filled up with zeros.
    package var isPadded: Bool

    package init(size: Int, isPadded: Bool = false) {
        self.size = size
        self.isPadded = isPadded
    }
}

/// The reservoir before a reader, and when it feeds him.
package struct BufferOrder: Equatable, Sendable {
    package var byteCount: Int64
    /// The fill at which to begin, in percent.
    package var start: Int
    /// The fill at which to go on after having run dry, in percent.
    package var resume: Int

    package init(byteCount: Int64, start: Int = 0, resume: Int = 0) {
        self.byteCount = byteCount
        self.start = start
        self.resume = resume
    }
}
