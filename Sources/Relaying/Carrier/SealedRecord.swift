/// The layout of a record of TLS 1.3 (RFC 8446, section 5.2), which has been looked at more than any of
/// our own would be.
///
///     17 03 03 | length, 2 bytes | content, type (17 or 15) | tag, 16 bytes
///
/// The head is authenticated, content and type are encrypted as well. A stream ends with the record
/// `close_notify`.
package enum SealedRecord {
    package static let headByteCount = 5
    package static let tagByteCount = 16
    /// What a record adds to its content.
    package static let overhead = headByteCount + 1 + tagByteCount
    /// The content that a record may have.
    package static let contentLimit = 16_384
    package static let limit = contentLimit + overhead

    /// What a record's content is.
    package enum Kind: UInt8, Sendable {
        case data = 0x17
        case alert = 0x15
    }

    /// The content of the record that ends a stream: a warning, close_notify.
    package static let end: [UInt8] = [1, 0]

    /// Writes the head of the record that these bytes will be.
    package static func writeHead(of record: UnsafeMutableRawBufferPointer) {
        precondition((overhead...limit).contains(record.count))
        let length = record.count - headByteCount
        unsafe record[0] = Kind.data.rawValue
        unsafe record[1] = 3
        unsafe record[2] = 3
        unsafe record[3] = UInt8(length >> 8)
        unsafe record[4] = UInt8(length & 0xFF)
    }

    /// The bytes of the whole record that begins with this head; `nil` when it is no head of ours.
    package static func byteCount(_ head: UnsafeRawBufferPointer) -> Int? {
        let length = unsafe Int(head[3]) << 8 | Int(head[4])
        guard unsafe head[0] == Kind.data.rawValue, unsafe head[1] == 3, unsafe head[2] == 3,
            (1 + tagByteCount...contentLimit + 1 + tagByteCount).contains(length)
        else { return nil }
        return headByteCount + length
    }
}

/// Seals the records of one direction of one connection, or opens them, one after the other.
package protocol RecordCipher: AnyObject {
    /// - Parameter record: Room for the whole record.
    func seal(
        _ content: UnsafeRawBufferPointer, into record: UnsafeMutableRawBufferPointer,
        _ kind: SealedRecord.Kind)
    /// Opens a whole record, which is of no use then.
    ///
    /// - Parameter content: Room for just the content of the record: elsewhere, or where it stands
    ///   in the record. Nothing is there that was not proved.
    /// - Returns: What the content is; `nil` when the record is not the next one that was sealed, or
    ///   was altered.
    func open(
        _ record: UnsafeMutableRawBufferPointer, into content: UnsafeMutableRawBufferPointer
    ) -> SealedRecord.Kind?
}
