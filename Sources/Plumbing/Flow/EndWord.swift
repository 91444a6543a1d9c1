/// What the other end has said of the end of a stream, which its reader must not see before.
///
/// A box on the way may make of a reset an orderly end (a port proxy, a load balancer): only who
/// sent knows whether it is one.
package struct EndWord: Sendable {
    package enum Judgement: Equatable, Sendable {
        /// The other end has yet to speak.
        case wait
        case whole
        case broken
    }

    private var whole: (isTold: Bool, byteCount: Int64?) = (false, nil)
    private var isBroken = false

    package init() {}

    /// How much the other end says is whole.
    package var wholeByteCount: Int64? { isBroken ? nil : whole.byteCount }

    /// - Parameter byteCount: How much it is, where that could be told.
    package mutating func peerIsWhole(_ byteCount: Int64?) {
        if !whole.isTold { whole = (true, byteCount) }
    }

    package mutating func peerBroke() {
        isBroken = true
    }

    /// - Parameter received: The bytes of the flow that came before its end.
    package func judge(received: Int64) -> Judgement {
        if isBroken { return .broken }
        guard whole.isTold else { return .wait }
        return (whole.byteCount ?? received) == received ? .whole : .broken
    }
}
