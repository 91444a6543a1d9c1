/// The keys by which callers and listeners of one session prove themselves.
///
/// Each end has two roles, and each role its own key, so that nobody can send a proof back to
/// the end that made it.
package struct AdmissionKeys: Sendable {
    private let callerHere, callerThere, listenerHere, listenerThere: [UInt8]

    package init(_ secret: Secret) {
        callerHere = secret.key(for: "socketpipe 1 caller here")
        callerThere = secret.key(for: "socketpipe 1 caller there")
        listenerHere = secret.key(for: "socketpipe 1 listener here")
        listenerThere = secret.key(for: "socketpipe 1 listener there")
    }

    func caller(_ end: End) -> [UInt8] { end == .here ? callerHere : callerThere }
    func listener(_ end: End) -> [UInt8] { end == .here ? listenerHere : listenerThere }
}

/// The three messages, each of a fixed length, that admit a connection.
///
///     caller ─▶ listener   opening: magic, version, flow, caller's nonce, proof of these
///     caller ◀─ listener   reply:   listener's nonce, proof of both nonces
///     caller ─▶ listener   closing: proof of both nonces
///
/// The opening proves a caller before the listener spends anything on it; the closing proves
/// that the opening was not a replay.
package enum Admission {
    static let magic = [UInt8]("SPIPE".utf8)
    static let version: UInt8 = 1
    static let headByteCount = magic.count + 2 + ConnectionName.byteCount
    static let openingByteCount = headByteCount + Cryptography.proofByteCount
    static let replyByteCount = ConnectionName.byteCount + Cryptography.proofByteCount
    static let closingByteCount = Cryptography.proofByteCount

    /// The number of bytes that a caller sends before the flow's own.
    package static let callerByteCount = openingByteCount + closingByteCount
    /// The number of bytes that a listener sends before the flow's own.
    package static let listenerByteCount = replyByteCount

    /// The listener's nonce in its reply.
    static func nonce(of reply: [UInt8]) -> [UInt8] {
        [UInt8](reply.prefix(ConnectionName.byteCount))
    }

    static func head(_ flow: Flow, _ name: ConnectionName) -> [UInt8] {
        magic + [version, flow == .out ? 1 : 2] + name.bytes
    }

    static func proof(_ step: String, head: [UInt8], nonce: [UInt8], key: [UInt8]) -> [UInt8] {
        Cryptography.authenticate([UInt8](step.utf8) + head + nonce, key: key)
    }
}

/// The caller's side of an admission.
package struct CallerAdmission {
    package let name: ConnectionName
    private let head: [UInt8]
    private let keys: AdmissionKeys
    private let end: End

    /// - Parameter end: The end that calls.
    package init(_ flow: Flow, from end: End, keys: AdmissionKeys, nonce: [UInt8]) {
        name = ConnectionName(nonce)
        head = Admission.head(flow, name)
        self.keys = keys
        self.end = end
    }

    package var opening: [UInt8] {
        head + Admission.proof("opening", head: head, nonce: [], key: keys.caller(end))
    }

    /// The closing message if the reply proves the listener; otherwise `nil`.
    package func closing(after reply: [UInt8]) -> [UInt8]? {
        guard reply.count == Admission.replyByteCount else { return nil }
        let nonce = Admission.nonce(of: reply)
        let proof = [UInt8](reply.dropFirst(ConnectionName.byteCount))
        let expected = Admission.proof(
            "reply", head: head, nonce: nonce, key: keys.listener(end.peer))
        guard Cryptography.areEqual(proof, expected) else { return nil }
        return Admission.proof("closing", head: head, nonce: nonce, key: keys.caller(end))
    }
}

/// The listener's side of an admission.
package struct ListenerAdmission {
    package enum Step: Equatable, Sendable {
        /// It needs exactly this many more bytes before it can decide.
        case needs(byteCount: Int)
        /// The opening is genuine: send this reply.
        case reply([UInt8])
        case admitted
        case refused
    }

    private let keys: AdmissionKeys
    private let end: End
    let nonce: [UInt8]
    private var received: [UInt8] = []
    private var head: [UInt8]?
    package private(set) var flow: Flow?
    package private(set) var name: ConnectionName?

    /// - Parameter end: The end that listens.
    package init(at end: End, keys: AdmissionKeys, nonce: [UInt8]) {
        self.end = end
        self.keys = keys
        self.nonce = nonce
    }

    /// Whether the caller's opening was genuine.
    package var isPromoted: Bool { head != nil }

    package var needed: Int {
        (isPromoted ? Admission.closingByteCount : Admission.openingByteCount) - received.count
    }

    /// Takes bytes of the caller, never more than `needed`.
    package mutating func receive(_ bytes: [UInt8]) -> Step {
        received += bytes
        if !isPromoted, !Admission.magic.starts(with: received.prefix(Admission.magic.count)) {
            return .refused
        }
        guard needed <= 0 else { return .needs(byteCount: needed) }
        defer { received = [] }
        return isPromoted ? closing(received) : opening(received)
    }

    private mutating func opening(_ message: [UInt8]) -> Step {
        let head = [UInt8](message.prefix(Admission.headByteCount))
        let proof = [UInt8](message.dropFirst(Admission.headByteCount))
        let name = ConnectionName([UInt8](head.suffix(ConnectionName.byteCount)))
        let expected = Admission.proof("opening", head: head, nonce: [], key: keys.caller(end.peer))
        guard Cryptography.areEqual(proof, expected),
            let flow = Flow.allCases.first(where: { Admission.head($0, name) == head })
        else { return .refused }
        self.head = head
        self.flow = flow
        self.name = name
        return .reply(
            nonce + Admission.proof("reply", head: head, nonce: nonce, key: keys.listener(end)))
    }

    private func closing(_ message: [UInt8]) -> Step {
        guard let head else { return .refused }
        let expected = Admission.proof(
            "closing", head: head, nonce: nonce, key: keys.caller(end.peer))
        return Cryptography.areEqual(message, expected) ? .admitted : .refused
    }
}
