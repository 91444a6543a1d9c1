import Plumbing
import Testing

@Suite struct CryptographyTests {
    private func bytes(_ hex: String) -> [UInt8] {
        Hex.decode([UInt8](hex.utf8), byteCount: hex.utf8.count / 2) ?? []
    }

    /// RFC 2104: a key shorter than the hash's block is filled up with zeros.
    private func filled(_ key: [UInt8]) -> [UInt8] {
        key + [UInt8](repeating: 0, count: 32 - key.count)
    }

    @Test(
        arguments: [
            // RFC 4231, test cases 1 to 4: those whose keys have at most 32 bytes.
            (
                String(repeating: "0b", count: 20), "4869205468657265",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                "0102030405060708090a0b0c0d0e0f10111213141516171819",
                String(repeating: "cd", count: 50),
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
            ),
        ])
    func `proofs are HMAC-SHA256`(key: String, message: String, proof: String) {
        #expect(Cryptography.authenticate(bytes(message), key: filled(bytes(key))) == bytes(proof))
    }

    @Test func `bytes are equal only if each is, and as many`() {
        let some = [UInt8](0..<32)
        #expect(Cryptography.areEqual(some, some))
        #expect(Cryptography.areEqual([], []))
        #expect(!Cryptography.areEqual(some, [UInt8](some.dropLast())))
        for index in some.indices {
            for bit in 0..<8 {
                var other = some
                other[index] ^= 1 << bit
                #expect(!Cryptography.areEqual(some, other))
            }
        }
    }

    @Test func `random bytes are as many as were asked for and never the same`() {
        #expect(Cryptography.randomBytes(0) == [])
        let some = (0..<100).map { _ in Cryptography.randomBytes(16) }
        #expect(some.allSatisfy { $0.count == 16 })
        #expect(Set(some).count == 100)
    }

    @Test func `a secret comes back from its text`() throws {
        let secret = Secret.random()
        #expect(secret.text.utf8.count == 64)
        let again = try #require(Secret(text: [UInt8](secret.text.utf8)))
        #expect(again.text == secret.text)
        #expect(again.key(for: "x") == secret.key(for: "x"))
        #expect(Secret.random().text != secret.text)
    }

    @Test func `a secret's key for a purpose is the HMAC of the purpose`() throws {
        let secret = try #require(Secret(text: [UInt8](Hex.encode(filled(bytes("4a656665"))).utf8)))
        let purpose = "what do ya want for nothing?"
        #expect(
            Hex.encode(secret.key(for: purpose))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(secret.key(for: purpose + " ") != secret.key(for: purpose))
    }

    @Test(arguments: [
        "", "00", String(repeating: "0", count: 63), String(repeating: "x", count: 64),
    ])
    func `text that is no secret is refused`(text: String) {
        #expect(Secret(text: [UInt8](text.utf8)) == nil)
    }
}
