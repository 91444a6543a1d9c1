/// What the end that reads has of a flow whose connection is lost.
package struct FlowRest: Equatable, Sendable {
    /// The bytes of the flow that have arrived, read or not.
    package var byteCount: Int64
    /// Whether nothing is missing.
    package var isWhole = false

    package init(byteCount: Int64, isWhole: Bool = false) {
        self.byteCount = byteCount
        self.isWhole = isWhole
    }
}
