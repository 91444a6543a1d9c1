import Plumbing
import Relaying
import Sealing
import Testing

@testable import known_answers

@Suite struct SealKeyTests {
    @Test(arguments: AEADAnswer.all.filter { Cipher.available.contains($0.cipher) })
    func `texts are sealed as the standards say`(answer: AEADAnswer) {
        #expect(answer.holds())
    }

    @Test(arguments: RecordAnswer.all.filter { Cipher.available.contains($0.cipher) })
    func `records are sealed as TLS 1.3 has them`(answer: RecordAnswer) {
        #expect(answer.holds())
    }

    private static let iv = [UInt8](0..<12)

    private func key(_ cipher: Cipher, from sequence: UInt64 = 0) -> SealKey {
        SealKey(cipher, key: [UInt8](100..<132), iv: SealKeyTests.iv, from: sequence)
    }

    private func content(_ byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: $0) }
    }

    private func data(_ content: [UInt8]) -> [UInt8] { [SealedRecord.Kind.data.rawValue] + content }

    @Test(arguments: Cipher.available, [0, 1, 16_383, 16_384])
    func `a record of any length comes back`(cipher: Cipher, byteCount: Int) {
        let content = content(byteCount)
        let record = key(cipher).record(content)
        #expect(record.count == byteCount + SealedRecord.overhead)
        #expect(record.starts(with: [0x17, 3, 3]))
        #expect(key(cipher).content(of: record) == data(content))
        // That would be so by chance too, with a few bytes.
        if byteCount > 1 { #expect(!record.contains(content)) }
    }

    @Test(arguments: Cipher.available)
    func `what a record is cannot be seen and does not get lost`(cipher: Cipher) {
        let record = key(cipher).record(SealedRecord.end, .alert)
        #expect(record[0] == SealedRecord.Kind.data.rawValue)
        #expect(
            key(cipher).content(of: record)
                == [SealedRecord.Kind.alert.rawValue] + SealedRecord.end)
    }

    @Test(arguments: Cipher.available)
    func `one flipped bit is refused wherever it is, and leaves no text behind`(cipher: Cipher) {
        let content = content(70)
        let record = key(cipher).record(content)
        let opener = key(cipher)
        for index in record.indices {
            for bit in 0..<8 {
                var altered = record
                altered[index] ^= 1 << bit
                var room = [UInt8](repeating: 0, count: content.count)
                let kind = unsafe altered.withUnsafeMutableBytes { altered in
                    unsafe room.withUnsafeMutableBytes { unsafe opener.open(altered, into: $0) }
                }
                #expect(kind == nil, "bit \(bit) of byte \(index)")
                #expect(!altered.contains([UInt8](content.prefix(8))))
                #expect(room.allSatisfy { $0 == 0 })
            }
        }
        #expect(opener.content(of: record) == data(content), "the genuine one is still the next")
    }

    @Test(arguments: Cipher.available)
    func `only the next record opens`(cipher: Cipher) {
        let sealer = key(cipher)
        let records = (0..<4).map { sealer.record([UInt8($0)]) }
        let opener = key(cipher)
        #expect(opener.content(of: records[1]) == nil, "the first was dropped")
        #expect(opener.content(of: records[0]) == data([0]))
        #expect(opener.content(of: records[0]) == nil, "it comes again")
        #expect(opener.content(of: records[2]) == nil, "two were swapped")
        #expect(opener.content(of: records[1]) == data([1]))
        #expect(opener.content(of: records[2]) == data([2]))
    }

    @Test(arguments: Cipher.available)
    func `a truncated or lengthened record is refused`(cipher: Cipher) {
        let record = key(cipher).record(content(30))
        let opener = key(cipher)
        for byteCount in 0..<record.count {
            var short = [UInt8](record.prefix(byteCount))
            #expect(opener.content(of: short) == nil)
            // With a head that agrees.
            guard byteCount >= SealedRecord.overhead else { continue }
            short[4] = UInt8(byteCount - SealedRecord.headByteCount)
            #expect(opener.content(of: short) == nil)
        }
        #expect(opener.content(of: record + [0]) == nil)
        #expect(opener.content(of: record) == data(content(30)))
    }

    @Test(arguments: Cipher.available)
    func `a record under another key or IV is refused`(cipher: Cipher) {
        let record = key(cipher).record([1, 2, 3])
        let other = SealKey(cipher, key: [UInt8](101..<133), iv: SealKeyTests.iv)
        #expect(other.content(of: record) == nil)
        let another = SealKey(cipher, key: [UInt8](100..<132), iv: [UInt8](1..<13))
        #expect(another.content(of: record) == nil)
    }

    @Test(arguments: Cipher.available)
    func `after 2^24 records both ends change the key`(cipher: Cipher) {
        let last = SealKey.recordsPerKey - 1
        let (sealer, opener) = (key(cipher, from: last), key(cipher, from: last))
        let records = (0..<3).map { sealer.record([UInt8($0)]) }
        for (index, record) in records.enumerated() {
            #expect(opener.content(of: record) == data([UInt8(index)]))
        }
        let second = Cryptography.authenticate([UInt8]("next".utf8), key: [UInt8](100..<132))
        let fresh = SealKey(cipher, key: second, iv: SealKeyTests.iv, from: last + 2)
        #expect(fresh.content(of: records[2]) == data([2]))
    }

    @Test func `the ciphers have the names that the ends tell each other`() {
        #expect(Cipher.allCases.map { $0.rawValue } == ["aes-128-gcm", "chacha20-poly1305"])
        #expect(Cipher.available.last == .chacha20Poly1305)
    }
}
