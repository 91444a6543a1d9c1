/// The name of one connection: the caller's nonce.
package struct ConnectionName: Equatable, Sendable {
    package static let byteCount = 16

    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var text: String { Hex.encode(bytes) }
}
