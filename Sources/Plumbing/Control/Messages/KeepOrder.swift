/// What lets a session survive the loss of a connection or of the login.
package struct KeepOrder: Equatable, Sendable {
    /// Any longer is as good as for ever.
    private static let longest: Int64 = 1_000_000_000

    /// How long to wait for the other end after a loss.
    package var seconds: Int64
    package var session: SessionName

    package init(seconds: Int64, session: SessionName) {
        self.seconds = seconds
        self.session = session
    }

    init?(_ line: ControlLine) throws(ControlError) {
        guard let seconds = try line.optionalInteger("keep") else { return nil }
        guard (1...KeepOrder.longest).contains(seconds) else { throw .malformed(line.encoded) }
        self.init(seconds: seconds, session: try SessionName(line))
    }
}

/// Names a session on the host of its other end; no secret.
package struct SessionName: Equatable, Sendable {
    static let byteCount = 8

    package let bytes: [UInt8]

    package static func random() -> SessionName {
        SessionName(bytes: Cryptography.randomBytes(byteCount))
    }

    package init(bytes: [UInt8]) { self.bytes = bytes }

    package var text: String { Hex.encode(bytes) }

    init(_ line: ControlLine) throws(ControlError) {
        guard let bytes = Hex.decode(try line.bytes("session"), byteCount: SessionName.byteCount)
        else { throw .malformed(line.encoded) }
        self.bytes = bytes
    }
}
