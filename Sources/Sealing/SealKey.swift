import CSodium
import LinuxSystem
import Relaying

/// The key of one direction of one connection, and the number of the record that is next.
///
/// Nonces are those of TLS 1.3 (RFC 8446, section 5.3): the IV XOR the record's number. A record that is
/// refused changes nothing: the one that was next still is.
@safe package final class SealKey: RecordCipher {
    package static let keyByteCount = 32
    package static let ivByteCount = 12
    /// Then the next key takes over; RFC 8446, section 5.5, allows AES-GCM 2^24.5 records.
    package static let recordsPerKey: UInt64 = 1 << 24

    /// The number of a connection's first record: 0, unless a test names another in
    /// `SOCKETPIPE_TEST_SEQUENCE`.
    package static var firstSequence: UInt64 {
        let wanted = Environment.inherited()["SOCKETPIPE_TEST_SEQUENCE"] ?? []
        return UInt64(String(decoding: wanted, as: UTF8.self)) ?? 0
    }

    private let aead: any AEAD
    private let key: UnsafeMutablePointer<UInt8>
    private let iv: UnsafeMutableRawPointer
    private let nonce: UnsafeMutableRawPointer
    private var sequence: UInt64

    /// - Parameters:
    ///   - key: 32 bytes; AES takes the first 16.
    ///   - iv: 12 bytes.
    ///   - sequence: The number of the first record.
    package init(_ cipher: Cipher, key: [UInt8], iv: [UInt8], from sequence: UInt64 = 0) {
        precondition(key.count == SealKey.keyByteCount && iv.count == SealKey.ivByteCount)
        unsafe self.key = .allocate(capacity: key.count)
        unsafe self.key.initialize(from: key, count: key.count)
        unsafe self.iv = .allocate(byteCount: iv.count, alignment: 1)
        unsafe self.iv.copyMemory(from: iv, byteCount: iv.count)
        unsafe nonce = .allocate(byteCount: iv.count, alignment: 1)
        unsafe nonce.copyMemory(from: iv, byteCount: iv.count)
        unsafe aead = cipher.aead(self.key)
        self.sequence = sequence
        if sequence > 0 { changeKeyIfDue() }
    }

    deinit {
        unsafe sodium_memzero(key, SealKey.keyByteCount)
        unsafe sodium_memzero(iv, SealKey.ivByteCount)
        unsafe sodium_memzero(nonce, SealKey.ivByteCount)
        unsafe key.deallocate()
        unsafe iv.deallocate()
        unsafe nonce.deallocate()
    }

    package func seal(
        _ content: UnsafeRawBufferPointer, into record: UnsafeMutableRawBufferPointer,
        _ kind: SealedRecord.Kind
    ) {
        precondition(record.count == content.count + SealedRecord.overhead)
        unsafe SealedRecord.writeHead(of: record)
        let (head, text) = unsafe SealKey.split(record)
        unsafe text[text.count - SealedRecord.tagByteCount - 1] = kind.rawValue
        setNonce()
        unsafe aead.seal(content, into: text, behind: head, nonce: nonce)
        advance()
    }

    package func open(
        _ record: UnsafeMutableRawBufferPointer, into content: UnsafeMutableRawBufferPointer
    ) -> SealedRecord.Kind? {
        guard record.count >= SealedRecord.overhead else { return nil }
        precondition(record.count == content.count + SealedRecord.overhead)
        let (head, text) = unsafe SealKey.split(record)
        setNonce()
        guard unsafe SealedRecord.byteCount(head) == record.count,
            unsafe aead.open(text, into: content, behind: head, nonce: nonce),
            let kind = unsafe SealedRecord.Kind(
                rawValue: text[text.count - SealedRecord.tagByteCount - 1])
        else { return nil }
        advance()
        return kind
    }

    private static func split(
        _ record: UnsafeMutableRawBufferPointer
    ) -> (head: UnsafeRawBufferPointer, text: UnsafeMutableRawBufferPointer) {
        let byteCount = SealedRecord.headByteCount
        return unsafe (
            UnsafeRawBufferPointer(rebasing: record[..<byteCount]),
            UnsafeMutableRawBufferPointer(rebasing: record[byteCount...])
        )
    }

    /// The number stands at the end of the IV, its highest byte first.
    private func setNonce() {
        let offset = SealKey.ivByteCount - MemoryLayout<UInt64>.size
        let end = unsafe iv.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        unsafe nonce.storeBytes(of: end ^ sequence.bigEndian, toByteOffset: offset, as: UInt64.self)
    }

    private func advance() {
        sequence += 1
        changeKeyIfDue()
    }

    private func changeKeyIfDue() {
        guard sequence.isMultiple(of: SealKey.recordsPerKey) else { return }
        // In place: the old key is read before the new one is written.
        unsafe crypto_auth_hmacsha256(key, [UInt8]("next".utf8), 4, key)
        unsafe aead.setKey(key)
    }
}
