import LinuxSystem

/// A connection that we dial.
final class Call {
    private var socket: OwnedDescriptor?
    private var reply: [UInt8] = []
    let descriptor: Descriptor
    let endpoint: Endpoint
    let flow: Flow
    let admission: CallerAdmission
    let triesLeft: Int
    private(set) var isConnected = false
    var isOver = false

    init(
        _ socket: consuming OwnedDescriptor, to endpoint: Endpoint, _ flow: Flow,
        _ admission: CallerAdmission, triesLeft: Int
    ) {
        descriptor = socket.borrowed
        self.socket = consume socket
        self.endpoint = endpoint
        self.flow = flow
        self.admission = admission
        self.triesLeft = triesLeft
    }

    /// Sends the opening after the connect.
    func connected() throws(Errno) {
        if let error = TCP.connectionError(descriptor) { throw error }
        isConnected = true
        let opening = admission.opening
        guard try send(opening) == opening.count else { throw .connectionReset }
    }

    /// The listener's reply once it is whole; until then `nil`.
    func receive() throws(Errno) -> [UInt8]? {
        let missing = Admission.replyByteCount - reply.count
        guard let bytes = try TCP.receive(descriptor, byteCount: missing) else { return nil }
        if bytes.isEmpty { throw .connectionReset }
        reply += bytes
        return reply.count == Admission.replyByteCount ? reply : nil
    }

    func send(_ bytes: [UInt8]) throws(Errno) -> Int { try TCP.send(descriptor, bytes) }

    func takeSocket() -> OwnedDescriptor? {
        isOver = true
        return socket.take()
    }
}
