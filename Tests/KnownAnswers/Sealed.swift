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
        var record = [UInt8](repeating: 0, count: content.count + SealedRecord.overhead)
        unsafe record.withUnsafeMutableBytes { record in
            unsafe content.withUnsafeBytes { unsafe seal($0, into: record, kind) }
        }
        return record
    }

    /// The content of a record, behind what kind it is; `nil` when the record is refused.
    package func content(of record: [UInt8]) -> [UInt8]? {
        var (record, content) = (record, room(for: record))
        let kind = unsafe record.withUnsafeMutableBytes { record in
            unsafe content.withUnsafeMutableBytes { unsafe open(record, into: $0) }
        }
        return kind.map { [$0.rawValue] + content }
    }

    /// The same, opened where it stands.
    package func contentInPlace(of record: [UInt8]) -> [UInt8]? {
        var record = record
        let start = SealedRecord.headByteCount
        let place = start..<start + room(for: record).count
        let kind = unsafe record.withUnsafeMutableBytes {
            unsafe open($0, into: UnsafeMutableRawBufferPointer(rebasing: $0[place]))
        }
        return kind.map { [$0.rawValue] + record[place] }
    }

    private func room(for record: [UInt8]) -> [UInt8] {
        [UInt8](repeating: 0, count: max(0, record.count - SealedRecord.overhead))
    }
}

/// Seals a text; its tag stands behind it.
func seal(_ text: [UInt8], by aead: any AEAD, behind head: [UInt8], nonce: [UInt8]) -> [UInt8] {
    var sealed = [UInt8](repeating: 0, count: text.count + SealedRecord.tagByteCount)
    unsafe sealed.withUnsafeMutableBytes { sealed in
        unsafe text.withUnsafeBytes { text in
            unsafe head.withUnsafeBytes { head in
                unsafe nonce.withUnsafeBytes {
                    unsafe aead.seal(text, into: sealed, behind: head, nonce: $0.baseAddress!)
                }
            }
        }
    }
    return sealed
}

/// Opens a text and its tag; `nil` when they are refused.
func open(_ sealed: [UInt8], by aead: any AEAD, behind head: [UInt8], nonce: [UInt8]) -> [UInt8]? {
    var sealed = sealed
    var text = [UInt8](repeating: 0, count: sealed.count - SealedRecord.tagByteCount)
    let isGenuine = unsafe text.withUnsafeMutableBytes { text in
        unsafe sealed.withUnsafeMutableBytes { sealed in
            unsafe head.withUnsafeBytes { head in
                unsafe nonce.withUnsafeBytes {
                    unsafe aead.open(sealed, into: text, behind: head, nonce: $0.baseAddress!)
                }
            }
        }
    }
    return isGenuine ? text : nil
}
