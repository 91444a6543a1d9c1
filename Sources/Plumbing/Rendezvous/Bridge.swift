import LinuxSystem
import Sealing

/// One end of a flow that goes through the login: a loopback connection here, and frames in place
/// of the network.
///
/// The flow has one side of the connection, as if its peer were there; the other side is ours.
package final class Bridge {
    /// Whatever is in its way on loopback, no other way is left.
    private static let patience = Instant.Span.seconds(1)
    private static let capacity = 2 << 20

    private enum Side {
        case source(BridgeSource)
        case target(BridgeTarget)
    }

    package let flow: Flow
    private let side: Side
    /// The flow's side of the connection.
    package let connection: Admitted

    /// - Parameter cipher: What seals the flow, or opens it; `nil` if it goes as it is.
    /// - Throws: `timedOut` if a filter is in the way; another error if there is no loopback.
    package init(_ flow: Flow, at end: End, _ cipher: SealKey? = nil) throws(Errno) {
        let pair = try LoopbackPair(window: Bridge.capacity, patience: Bridge.patience)
        self.flow = flow
        let ours: OwnedDescriptor
        if flow.sender == end {
            connection = Admitted(bridging: pair.writer, flow, cipher)
            ours = pair.reader
        } else {
            connection = Admitted(bridging: pair.reader, flow, cipher)
            ours = pair.writer
        }
        // Our death must not look like the end of the stream.
        try TCP.setResetOnClose(ours.borrowed, true)
        try ours.setNonblocking(true)
        try TCP.keepUrgentDataInLine(ours.borrowed)
        side =
            flow.sender == end
            ? .source(try BridgeSource(ours)) : .target(BridgeTarget(ours))
    }

    /// - Parameter hasRoom: Whether the control channel takes more of the flow now.
    package func watch(_ readiness: inout Readiness, hasRoom: Bool) {
        switch side {
        case .source(let source): if hasRoom { source.watch(&readiness) }
        case .target(let target): target.watch(&readiness)
        }
    }

    /// Sender: how much the other end's connection has taken. Receiver: how much ours has.
    package var takenByteCount: Int64 {
        switch side {
        case .source(let source): source.takenThere
        case .target(let target): target.takenInAll
        }
    }

    /// Brings nothing more: what the connection has taken comes to its reader, and then an end.
    package func freeze() {
        if case .target(let target) = side { target.freeze() }
    }

    /// What to send now.
    ///
    /// - Parameter splicing: Whether bytes may be left in ``pipe``.
    package func advance(_ readiness: Readiness, splicing: Bool) -> Frame? {
        switch side {
        case .source(let source): source.advance(readiness, splicing: splicing)
        case .target(let target): target.advance(readiness)
        }
    }

    /// Where the bytes are of data that is `inPipe`.
    package var pipe: Descriptor? {
        if case .source(let source) = side { source.pipe } else { nil }
    }

    /// Takes bytes that the other end sent from a pipe, which has no others.
    ///
    /// - Returns: The answer, if it needs one.
    package func take(_ byteCount: Int, from pipe: Descriptor) throws(ControlError) -> Frame? {
        guard case .target(let target) = side else { throw .unexpected(verb: "data") }
        try target.add(byteCount, from: pipe)
        return target.answer()
    }

    /// Takes what the other end sent.
    ///
    /// - Returns: The answer, if it needs one.
    package func take(_ frame: Frame) throws(ControlError) -> Frame? {
        switch (side, frame) {
        case (.source(let source), .credit(let byteCount)): try source.grant(byteCount)
        case (.source(let source), .cut): source.cut()
        case (.target(let target), .data(.bytes(let bytes))): try target.add(bytes)
        case (.target(let target), .end): target.end()
        case (.target(let target), .cut): target.cut()
        default: throw .unexpected(verb: "data")
        }
        if case .target(let target) = side { return target.answer() }
        return nil
    }
}
