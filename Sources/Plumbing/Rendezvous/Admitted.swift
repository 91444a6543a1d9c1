import LinuxSystem

/// A connection that both ends have admitted, before its flow's first byte.
package final class Admitted {
    package let flow: Flow
    package let name: ConnectionName
    /// The end that dialed.
    package let caller: End
    /// The bytes that admission sent and received at this end; the kernel counts them with the
    /// flow's.
    package let sentByteCount: Int
    package let receivedByteCount: Int
    /// The part that the peer has certainly acknowledged: a closing may still be in transit.
    package let acknowledgedByteCount: Int
    private var socket: OwnedDescriptor?

    /// - Parameter end: Our end.
    init(
        _ socket: consuming OwnedDescriptor, _ flow: Flow, _ name: ConnectionName,
        dialledFrom caller: End, at end: End
    ) {
        // From now on the other end may give it to a reader, which would take our death for the
        // end.
        _ = try? TCP.setResetOnClose(socket.borrowed, true)
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
