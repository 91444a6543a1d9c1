/// How a reader gets its bytes.
package struct FeedOrder: Equatable, Sendable {
    /// `nil` chooses.
    package var engine: RelayEngine?
    package var record: RecordOrder?
    package var buffer: BufferOrder?

    /// `nil` for what is not asked for.
    package init(engine: RelayEngine? = nil, record: RecordOrder?, buffer: BufferOrder?) {
        self.engine = engine
        self.record = record
        self.buffer = buffer
    }
}

/// The size in which a reader must get its bytes.
package struct RecordOrder: Equatable, Sendable {
    package static let sizes = 1...1 << 30

    package var size: Int
    /// Whether the last one is filled up with zeros.
    package var isPadded: Bool

    /// - Parameter size: In bytes.
    package init(size: Int, isPadded: Bool = false) {
        self.size = size
        self.isPadded = isPadded
    }
}

/// The reservoir before a reader, and when it feeds it.
package struct BufferOrder: Equatable, Sendable {
    package var byteCount: Int64
    /// The fill at which to begin, in percent.
    package var start: Int
    /// The fill at which to go on after having run dry, in percent.
    package var resume: Int

    /// - Parameters:
    ///   - start: The fill at which to begin, in percent.
    ///   - resume: The fill at which to go on, in percent.
    package init(byteCount: Int64, start: Int = 0, resume: Int = 0) {
        self.byteCount = byteCount
        self.start = start
        self.resume = resume
    }
}
