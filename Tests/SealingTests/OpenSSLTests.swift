import Relaying
import Sealing
import Testing

@testable import known_answers

/// OpenSSL as the other end.
@Suite(.enabled(if: OpenSSL.found != nil, "no libcrypto.so.3 here"))
struct OpenSSLTests {
    private let key = (0..<SealKey.keyByteCount).map { _ in UInt8.random(in: 0...255) }
    private let iv = (0..<SealKey.ivByteCount).map { _ in UInt8.random(in: 0...255) }
    private let sequence = UInt64.random(in: 1..<SealKey.recordsPerKey)

    private var nonce: [UInt8] {
        let number = (0..<12).map {
            $0 < 4 ? 0 : UInt8(truncatingIfNeeded: sequence >> (8 * (11 - $0)))
        }
        return zip(iv, number).map { $0 ^ $1 }
    }

    @Test(arguments: Cipher.available, [0, 1, 14, 15, 16, 63, 64, 65, 511, 4_000, 16_384])
    func `it opens our records and we its`(cipher: Cipher, byteCount: Int) throws {
        let openSSL = try #require(OpenSSL.found)
        let content = (0..<byteCount).map { UInt8($0 * 7 % 251) }
        let chance: Comment = "key \(key), IV \(iv), record \(sequence)"
        let text = content + [SealedRecord.Kind.data.rawValue]
        let ours = SealKey(cipher, key: key, iv: iv, from: sequence).record(content)
        let head = [UInt8](ours.prefix(SealedRecord.headByteCount))
        let rest = [UInt8](ours.dropFirst(head.count))
        #expect(openSSL.open(rest, cipher, key: key, nonce: nonce, behind: head) == text, chance)
        let its = head + openSSL.seal(text, cipher, key: key, nonce: nonce, behind: head)
        let opened = SealKey(cipher, key: key, iv: iv, from: sequence).content(of: its)
        let inPlace = SealKey(cipher, key: key, iv: iv, from: sequence).contentInPlace(of: its)
        let wanted = [SealedRecord.Kind.data.rawValue] + content
        #expect(opened == wanted && inPlace == wanted, chance)
    }
}
