import Plumbing

/// Both sides of an admission, without a network.
struct Admitting {
    let secret: Secret
    let keys: AdmissionKeys
    var caller: CallerAdmission
    var listener: ListenerAdmission

    init(_ flow: Flow = .out, from end: End = .there, secret: Secret = .random()) {
        self.secret = secret
        keys = AdmissionKeys(secret)
        caller = CallerAdmission(
            flow, from: end, keys: keys, nonce: Cryptography.randomBytes(ConnectionName.byteCount))
        listener = ListenerAdmission(
            at: end.peer, keys: keys, nonce: Cryptography.randomBytes(ConnectionName.byteCount))
    }

    /// Lets the listener take the opening.
    ///
    /// - Returns: Its reply.
    mutating func reply() throws -> [UInt8] {
        guard case .reply(let reply) = listener.receive(caller.opening) else { throw Refused() }
        return reply
    }

    struct Refused: Error {}
}
