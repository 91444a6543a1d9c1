/// Asks the session that lives on at the other end to go on by this login.
package struct Rejoining: Equatable, Sendable {
    package let session: SessionName
    /// Which try it is; a smaller number than before proves nothing.
    package let attempt: Int64
    /// How many lines that are kept the asking end has.
    package let seen: Int64
    package let proof: [UInt8]

    package init(session: SessionName, attempt: Int64, seen: Int64, proof: [UInt8]) {
        self.session = session
        self.attempt = attempt
        self.seen = seen
        self.proof = proof
    }

    package var line: ControlLine {
        ControlLine("rejoin").with("session", session.text).with("attempt", attempt)
            .with("seen", seen).with("proof", Hex.encode(proof))
    }

    package init(_ line: ControlLine) throws(ControlError) {
        session = try SessionName(line)
        attempt = try line.integer("attempt")
        seen = try line.integer("seen")
        guard
            let proof = Hex.decode(try line.bytes("proof"), byteCount: Cryptography.proofByteCount)
        else { throw .malformed(line.encoded) }
        self.proof = proof
    }
}
