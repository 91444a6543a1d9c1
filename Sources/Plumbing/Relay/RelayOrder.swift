/// What a relay is to do.
package struct RelayOrder: Equatable, Sendable {
    /// `nil` chooses.
    package var engine: RelayEngine?
    /// Whether the content's hash is to be part of the verdict.
    package var hasChecksum = false

    package init(engine: RelayEngine? = nil, hasChecksum: Bool = false) {
        self.engine = engine
        self.hasChecksum = hasChecksum
    }
}
