import LinuxSystem

/// A connection that both ends have admitted, before its flow's first byte.
package final class Admitted {
    package let flow: Flow
    package let name: ConnectionName
    /// The end that dialled.
    package let caller: End
    /// What admission sent and received at this end, which the kernel counts with the flow's bytes.
    package let sentByteCount: Int
    package let receivedByteCount: Int
    /// What the peer has acknowledged of it for certain: its closing may still be on its way.
    package let acknowledgedByteCount: Int
    private var socket: OwnedDescriptor?

    /// - Parameter end: Our end.
    init(
        _ socket: consuming OwnedDescriptor, _ flow: Flow, _ name: ConnectionName,
        dialledFrom caller: End, at end: End
    ) {
        // From now on the other end may give it to a reader, who would take our death for the end.
        _ = try? TCP.setResetOnClose(socket.number, true)
        self.socket = consume socket
        self.flow = flow
        self.name = name
        self.caller = caller
        let isOurs = caller == end
        sentByteCount = isOurs ? Admission.callerByteCount : Admission.listenerByteCount
        receivedByteCount = isOurs ? Admission.listenerByteCount : Admission.callerByteCount
        acknowledgedByteCount = isOurs ? Admission.openingByteCount : Admission.listenerByteCount
    }

    /// Gives the socket away, once.
    package func takeSocket() -> OwnedDescriptor? { socket.take() }
}
