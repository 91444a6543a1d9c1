import LinuxSystem

/// A flow's connection before its first byte: both ends have admitted it, or it is on this host's
/// loopback and its bytes go through the login.
package final class Admitted {
    package let flow: Flow
    package let name: ConnectionName
    /// Whether its peer is a bridge of this end.
    package let isBridged: Bool
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
        isBridged = false
        self.caller = caller
        let isOurs = caller == end
        sentByteCount = isOurs ? Admission.callerByteCount : Admission.listenerByteCount
        receivedByteCount = isOurs ? Admission.listenerByteCount : Admission.callerByteCount
        acknowledgedByteCount = isOurs ? Admission.openingByteCount : Admission.listenerByteCount
    }

    /// - Parameter socket: Of a ``LoopbackPair``, in which the writer has dialled.
    init(bridging socket: consuming OwnedDescriptor, _ flow: Flow) {
        self.socket = consume socket
        self.flow = flow
        name = ConnectionName([])
        isBridged = true
        caller = flow.sender
        (sentByteCount, receivedByteCount, acknowledgedByteCount) = (0, 0, 0)
    }

    /// Gives the socket away, once.
    package func takeSocket() -> OwnedDescriptor? { socket.take() }
}
