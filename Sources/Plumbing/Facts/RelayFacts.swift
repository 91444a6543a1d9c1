import Relaying

/// What a relay reports when its flow is over.
package struct RelayFacts: Equatable, Sendable {
    package var engine: RelayEngine
    /// Why it was not a faster one.
    package var reason: String?
    /// BLAKE2b-256 of the content.
    package var checksum: [UInt8]?
    package var waitedForSourceMicroseconds: Int64
    package var waitedForTargetMicroseconds: Int64
    /// How it fed a reader that needs records or a reservoir.
    package var feeding: FeedFacts?
}
