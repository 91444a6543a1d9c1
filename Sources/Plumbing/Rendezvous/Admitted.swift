import LinuxSystem
import Sealing

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
    private var cipher: SealKey?

    /// - Parameters:
    ///   - end: Our end.
    ///   - cipher: What seals the flow, or opens it; `nil` if it goes in clear.
    init(
        _ socket: consuming OwnedDescriptor, _ flow: Flow, _ name: ConnectionName,
        dialledFrom caller: End, at end: End, _ cipher: SealKey? = nil
    ) {
        self.cipher = cipher
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

    /// - Parameters:
    ///   - socket: Of a ``LoopbackPair``, in which the writer has dialled.
    ///   - cipher: As above.
    init(bridging socket: consuming OwnedDescriptor, _ flow: Flow, _ cipher: SealKey?) {
        self.cipher = cipher
        self.socket = consume socket
        self.flow = flow
        name = ConnectionName([])
        isBridged = true
        caller = flow.sender
        (sentByteCount, receivedByteCount, acknowledgedByteCount) = (0, 0, 0)
    }

    /// Gives the socket away, once.
    package func takeSocket() -> OwnedDescriptor? { socket.take() }

    /// Gives away, once, what seals the flow, or opens it.
    func takeCipher() -> SealKey? { cipher.take() }
}
