import Sealing

/// What a standard's example seals a text to.
package struct AEADAnswer: Sendable, CustomStringConvertible {
    package let description: String
    package let cipher: Cipher
    let key: String
    let nonce: String
    var head = ""
    let text: String
    /// The text sealed, and its tag.
    let sealed: String

    package func holds() -> Bool {
        let key = bytes(key) + [UInt8](repeating: 0, count: SealKey.keyByteCount)
        let aead = unsafe key.withUnsafeBytes { unsafe cipher.aead($0.baseAddress!) }
        let (text, head, nonce) = (bytes(text), bytes(head), bytes(nonce))
        let sealed = seal(text, by: aead, behind: head, nonce: nonce)
        return sealed == bytes(self.sealed)
            && open(sealed, by: aead, behind: head, nonce: nonce) == text
    }

    private static let zeros = String(repeating: "00", count: 16)

    private static let mcgrewText = """
        d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72
        1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39
        """
    private static let mcgrewSealed = """
        42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e
        21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091
        """

    package static let all: [AEADAnswer] = [
        AEADAnswer(
            description: "GCM's test case 1", cipher: .aes128GCM, key: zeros,
            nonce: "000000000000000000000000", text: "", sealed: "58e2fccefa7e3061367f1d57a4e7455a"),
        AEADAnswer(
            description: "GCM's test case 2", cipher: .aes128GCM, key: zeros,
            nonce: "000000000000000000000000", text: zeros,
            sealed: "0388dace60b6a392f328c2b971b2fe78 ab6e47d42cec13bdf53a67b21257bddf"),
        AEADAnswer(
            description: "GCM's test case 3", cipher: .aes128GCM,
            key: "feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888",
            text: mcgrewText + "1aafd255",
            sealed: mcgrewSealed + "473f5985 4d5c2af327cd64a62cf35abd2ba6fab4"),
        AEADAnswer(
            description: "GCM's test case 4", cipher: .aes128GCM,
            key: "feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888",
            head: "feedfacedeadbeeffeedfacedeadbeefabaddad2", text: mcgrewText,
            sealed: mcgrewSealed + "5bc94fbc3221a5db94fae95ae7121a47"),
        AEADAnswer(
            description: "RFC 8439, section 2.8.2", cipher: .chacha20Poly1305,
            key: "808182838485868788898a8b8c8d8e8f 909192939495969798999a9b9c9d9e9f",
            nonce: "070000004041424344454647", head: "50515253c0c1c2c3c4c5c6c7",
            text: """
                4c616469657320616e642047656e746c 656d656e206f662074686520636c6173
                73206f66202739393a20496620492063 6f756c64206f6666657220796f75206f
                6e6c79206f6e652074697020666f7220 746865206675747572652c2073756e73
                637265656e20776f756c642062652069 742e
                """,
            sealed: """
                d31a8d34648e60db7b86afbc53ef7ec2 a4aded51296e08fea9e2b5a736ee62d6
                3dbea45e8ca9671282fafb69da92728b 1a71de0a9e060b2905d6a5b67ecd3b36
                92ddbd7f2d778b8c9803aee328091b58 fab324e4fad675945585808b4831d7bc
                3ff4def08e4b7a9de576d26586cec64b 6116
                1ae10b594f09e26a7e902ecbd0600691
                """),
    ]
}
