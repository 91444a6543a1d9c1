import Relaying
import Sealing

/// The tag of a record: one wrong bit anywhere in the record would make it another.
package struct RecordAnswer: Sendable, CustomStringConvertible {
    package let description: String
    package let cipher: Cipher
    let key: [UInt8]
    let iv: [UInt8]
    let sequence: UInt64
    let content: [UInt8]
    let kind: SealedRecord.Kind
    let tag: String

    package func holds() -> Bool {
        let record = sealKey.record(content, kind)
        return record.suffix(SealedRecord.tagByteCount).elementsEqual(bytes(tag))
            && sealKey.content(of: record) == [kind.rawValue] + content
            && sealKey.contentInPlace(of: record) == [kind.rawValue] + content
    }

    private var sealKey: SealKey { SealKey(cipher, key: key, iv: iv, from: sequence) }

    package static let all = ofTLS + ofAES + ofChaCha

    private init(
        _ description: String, _ keys: Keys, _ sequence: UInt64, _ content: [UInt8],
        _ kind: SealedRecord.Kind = .data, tag: String
    ) {
        self.description = "\(keys.source): \(description)"
        cipher = keys.cipher
        key =
            bytes(keys.key)
            + [UInt8](repeating: 0, count: SealKey.keyByteCount - keys.key.utf8.count / 2)
        iv = bytes(keys.iv)
        self.sequence = sequence
        self.content = content
        self.kind = kind
        self.tag = tag
    }

    private struct Keys {
        let source: String
        let cipher: Cipher
        let key: String
        let iv: String
    }
}

// The application's records in the first handshake of RFC 8448.
extension RecordAnswer {
    private static let client = Keys(
        source: "RFC 8448, client", cipher: .aes128GCM, key: "17422dda596ed5d9acd890e3c63f5051",
        iv: "5b78923dee08579033e523d9")
    private static let server = Keys(
        source: "RFC 8448, server", cipher: .aes128GCM, key: "9f02283b6c9c07efc26bb9f2ac92e356",
        iv: "cf782b88dd83549aadf1e984")

    private static let ofTLS = [
        RecordAnswer("data", client, 0, [UInt8](0..<50), tag: "977014bd1e3deae63aeebb21694915e4"),
        RecordAnswer(
            "end", client, 1, SealedRecord.end, .alert, tag: "60655666b74d7ff1153efd6db6d0b0e3"),
        RecordAnswer("data", server, 1, [UInt8](0..<50), tag: "1c0047c2abf332540dd032e167c2955d"),
        RecordAnswer(
            "end", server, 2, SealedRecord.end, .alert, tag: "7166ebf599d24720cfbe7efa7a8864a9"),
    ]
}

// What OpenSSL 3 makes: records so long that the forms of a cipher which take many blocks at once have
// work, and the first under a second key.
extension RecordAnswer {
    private static let someKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    private static let aes = Keys(
        source: "OpenSSL, AES", cipher: .aes128GCM, key: someKey, iv: "404142434445464748494a4b")
    private static let chaCha = Keys(
        source: "OpenSSL, ChaCha20", cipher: .chacha20Poly1305, key: someKey,
        iv: "404142434445464748494a4b")

    private static let ofAES = [
        RecordAnswer("full", aes, 0, content(16_384), tag: "8ed8a0b9e4c1169a5b5e44a982b581d9"),
        RecordAnswer("odd", aes, 0, content(16_383), tag: "238b2058a785e748a21d5ee51bbe447b"),
        RecordAnswer(
            "last of a key", aes, 0xFF_FFFF, content(33), tag: "04d5730787a69774e40f550a7101f874"),
        RecordAnswer(
            "next key", aes, 0x100_0000, content(33), tag: "b00b99b327684ff518dfef7314f95fa2"),
        RecordAnswer(
            "end", aes, 5, SealedRecord.end, .alert, tag: "d1a3b155a78303ee8d088d7a1abae3df"),
    ]

    private static let ofChaCha = [
        RecordAnswer("full", chaCha, 0, content(16_384), tag: "556044a94be8986159d8375686813d92"),
        RecordAnswer("odd", chaCha, 0, content(16_383), tag: "bbe97ce504c100120b28b6b0c14d29e7"),
        RecordAnswer(
            "last of a key", chaCha, 0xFF_FFFF, content(33),
            tag: "03a9b5de88f0409b17c22451cb1d2ae7"),
        RecordAnswer(
            "next key", chaCha, 0x100_0000, content(33), tag: "e7f37fe24291e149115814b7d3d0b8f6"),
        RecordAnswer(
            "end", chaCha, 5, SealedRecord.end, .alert, tag: "b3de5027441362750b3a163142bad4f8"),
    ]

    private static func content(_ byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8($0 * 7 % 251) }
    }
}
