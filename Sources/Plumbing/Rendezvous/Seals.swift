import Sealing

/// Makes what seals each connection of a session, from the secret that both ends have: no two
/// connections have the same key.
package struct Seals: Sendable {
    private let cipher: Cipher
    private let root: Secret

    package init(_ cipher: Cipher, _ secret: Secret) {
        self.cipher = cipher
        root = secret.derived(for: "socketpipe 2 seal")
    }

    /// - Parameters:
    ///   - caller: The caller's nonce, by which the connection is named.
    ///   - listener: The listener's nonce.
    func key(of flow: Flow, _ caller: ConnectionName, _ listener: [UInt8]) -> SealKey {
        key("connection \(flow.rawValue) ", caller.bytes + listener)
    }

    /// What seals a flow that goes through the login.
    ///
    /// - Parameter turn: The number of the flow's connection: no two have the same key.
    func key(throughLogin flow: Flow, turn: Int64 = 0) -> SealKey {
        key("login \(flow.rawValue) " + (turn == 0 ? "" : "\(turn) "), [])
    }

    private func key(_ purpose: String, _ nonces: [UInt8]) -> SealKey {
        var key = root.key(for: "key \(purpose)", nonces)
        var long = root.key(for: "iv \(purpose)", nonces)
        var iv = [UInt8](long.prefix(SealKey.ivByteCount))
        defer {
            Cryptography.wipe(&key)
            Cryptography.wipe(&long)
            Cryptography.wipe(&iv)
        }
        return SealKey(cipher, key: key, iv: iv, from: SealKey.firstSequence)
    }
}
