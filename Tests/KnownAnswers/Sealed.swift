import Relaying
import Sealing

/// What stands there as hexadecimal digits; spaces mean nothing.
package func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

extension SealKey {
    /// The next record, with this content.
    package func record(_ content: [UInt8], _ kind: SealedRecord.Kind = .data) -> [UInt8] {
        let head = [UInt8](repeating: 0, count: SealedRecord.headByteCount)
        let rest = [UInt8](repeating: 0, count: SealedRecord.overhead - head.count)
        var record = head + content + rest
        unsafe record.withUnsafeMutableBytes { unsafe seal($0, kind) }
        return record
    }

    /// The content of a record, behind what kind it is; `nil` when the record is refused.
    package func content(of record: [UInt8]) -> [UInt8]? {
        var record = record
        let kind = unsafe record.withUnsafeMutableBytes { unsafe open($0) }
        let end = record.count - SealedRecord.overhead + SealedRecord.headByteCount
        return kind.map { [$0.rawValue] + record[SealedRecord.headByteCount..<end] }
    }
}

/// Seals a text; its tag stands behind it.
func seal(_ text: [UInt8], by aead: any AEAD, behind head: [UInt8], nonce: [UInt8]) -> [UInt8] {
    var text = text + [UInt8](repeating: 0, count: SealedRecord.tagByteCount)
    unsafe text.withUnsafeMutableBytes { text in
        unsafe head.withUnsafeBytes { head in
            unsafe nonce.withUnsafeBytes {
                unsafe aead.seal(text, behind: head, nonce: $0.baseAddress!)
            }
        }
    }
    return text
}

/// Opens a text and its tag; `nil` when they are refused.
func open(_ sealed: [UInt8], by aead: any AEAD, behind head: [UInt8], nonce: [UInt8]) -> [UInt8]? {
    var text = sealed
    let isGenuine = unsafe text.withUnsafeMutableBytes { text in
        unsafe head.withUnsafeBytes { head in
            unsafe nonce.withUnsafeBytes {
                unsafe aead.open(text, behind: head, nonce: $0.baseAddress!)
            }
        }
    }
    return isGenuine ? text.dropLast(SealedRecord.tagByteCount) : nil
}
