import Relaying

/// What a relay must do.
package struct RelayOrder: Equatable, Sendable {
    /// `nil` lets us choose.
    package var engine: RelayEngine?
    /// Whether the content's hash is part of the verdict.
    package var hasChecksum = false
    /// Whether the data goes in records that only the other end can open.
    package var isSealed = false
    /// Whether what the other end has not acknowledged is kept, to go on by another connection.
    package var keeps = false
    /// The records in which a reader must get its bytes.
    package var record: RecordOrder?
    /// The buffer in front of a reader.
    package var buffer: BufferOrder?
    /// Whether ends that write hand off, because only readers need a relay.
    package var isForReaders = false

    package init(engine: RelayEngine? = nil, hasChecksum: Bool = false) {
        self.engine = engine
        self.hasChecksum = hasChecksum
    }

    /// Whether every byte is read and written.
    package var copies: Bool {
        isSealed || hasChecksum || engine == .copy || engine == .ring
    }

    /// Whether readers need a relay, whatever else is asked for.
    package var servesReaders: Bool { record != nil || buffer != nil }

    /// How a reader behind the relay gets its bytes.
    package var feeding: FeedOrder { FeedOrder(engine: engine, record: record, buffer: buffer) }
}
