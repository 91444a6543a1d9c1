import CSodium
import Relaying

/// ChaCha20-Poly1305 (RFC 8439, section 2.8), put together from libsodium's two halves: its whole takes
/// and gives a text in one piece.
@safe final class ChaChaPoly: AEAD {
    private typealias Tag = (UInt64, UInt64)
    private typealias Authenticator = crypto_onetimeauth_poly1305_state

    private static let blockByteCount = 64
    private static let oneTimeKeyByteCount = 32

    private let key = UnsafeMutablePointer<UInt8>.allocate(capacity: SealKey.keyByteCount)
    private let oneTimeKey = UnsafeMutablePointer<UInt8>.allocate(
        capacity: ChaChaPoly.oneTimeKeyByteCount)
    private let authenticator = UnsafeMutablePointer<Authenticator>.allocate(capacity: 1)

    init(_ key: UnsafeRawPointer) {
        // The first time it picks the forms that are fastest on this processor.
        guard sodium_init() >= 0 else { preconditionFailure("libsodium does not start") }
        unsafe setKey(key)
    }

    deinit {
        unsafe sodium_memzero(key, SealKey.keyByteCount)
        unsafe key.deallocate()
        unsafe oneTimeKey.deallocate()
        unsafe authenticator.deallocate()
    }

    func setKey(_ key: UnsafeRawPointer) {
        unsafe UnsafeMutableRawPointer(self.key)
            .copyMemory(from: key, byteCount: SealKey.keyByteCount)
    }

    func seal(
        _ content: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer,
        behind head: UnsafeRawBufferPointer, nonce: UnsafeRawPointer
    ) {
        let (direct, rest) = ChaChaPoly.split(text.count, content.count)
        unsafe encrypt(content.baseAddress, into: text.baseAddress, direct, nonce)
        // A block is encrypted at once: where it has bytes of both, in the text.
        unsafe UnsafeMutableRawBufferPointer(rebasing: text[rest])
            .copyMemory(from: .init(rebasing: content[direct.upperBound...]))
        unsafe encrypt(text.baseAddress, into: text.baseAddress, rest, nonce)
        let tag = unsafe tag(of: .init(rebasing: text[..<rest.upperBound]), behind: head, nonce)
        unsafe text.storeBytes(of: tag, toByteOffset: rest.upperBound, as: Tag.self)
    }

    func open(
        _ text: UnsafeMutableRawBufferPointer, into content: UnsafeMutableRawBufferPointer,
        behind head: UnsafeRawBufferPointer, nonce: UnsafeRawPointer
    ) -> Bool {
        let (direct, rest) = ChaChaPoly.split(text.count, content.count)
        let genuine = unsafe tag(of: .init(rebasing: text[..<rest.upperBound]), behind: head, nonce)
        let isGenuine = unsafe withUnsafeBytes(of: genuine) {
            unsafe crypto_verify_16(
                $0.baseAddress!.assumingMemoryBound(to: UInt8.self),
                text.baseAddress!.assumingMemoryBound(to: UInt8.self) + rest.upperBound) == 0
        }
        guard isGenuine else { return false }
        unsafe encrypt(text.baseAddress, into: content.baseAddress, direct, nonce)
        unsafe encrypt(text.baseAddress, into: text.baseAddress, rest, nonce)
        unsafe UnsafeMutableRawBufferPointer(rebasing: content[direct.upperBound...])
            .copyMemory(from: .init(rebasing: text[direct.upperBound..<content.count]))
        return true
    }

    /// - Returns: The whole blocks of content, and what is encrypted in place.
    private static func split(
        _ byteCount: Int, _ contentByteCount: Int
    ) -> (direct: Range<Int>, rest: Range<Int>) {
        let start = contentByteCount / blockByteCount * blockByteCount
        return (0..<start, start..<byteCount - SealedRecord.tagByteCount)
    }

    /// Encrypts these bytes of a text, of which the first begins a block, or decrypts them.
    private func encrypt(
        _ source: UnsafeRawPointer?, into target: UnsafeMutableRawPointer?, _ bytes: Range<Int>,
        _ nonce: UnsafeRawPointer
    ) {
        guard let source = unsafe source, let target = unsafe target else { return }
        // Block 0 is the authenticator's key.
        let block = UInt32(1 + bytes.lowerBound / ChaChaPoly.blockByteCount)
        _ = unsafe crypto_stream_chacha20_ietf_xor_ic(
            target.assumingMemoryBound(to: UInt8.self) + bytes.lowerBound,
            source.assumingMemoryBound(to: UInt8.self) + bytes.lowerBound, UInt64(bytes.count),
            nonce.assumingMemoryBound(to: UInt8.self), block, key)
    }

    private func tag(
        of sealed: UnsafeRawBufferPointer, behind head: UnsafeRawBufferPointer,
        _ nonce: UnsafeRawPointer
    ) -> Tag {
        defer { unsafe sodium_memzero(authenticator, MemoryLayout<Authenticator>.size) }
        unsafe crypto_stream_chacha20_ietf(
            oneTimeKey, UInt64(ChaChaPoly.oneTimeKeyByteCount),
            nonce.assumingMemoryBound(to: UInt8.self), key)
        unsafe crypto_onetimeauth_poly1305_init(authenticator, oneTimeKey)
        unsafe sodium_memzero(oneTimeKey, ChaChaPoly.oneTimeKeyByteCount)
        unsafe authenticate(head)
        unsafe authenticate(sealed)
        let lengths = (UInt64(head.count).littleEndian, UInt64(sealed.count).littleEndian)
        unsafe withUnsafeBytes(of: lengths) { unsafe authenticate($0) }
        var tag: Tag = (0, 0)
        unsafe withUnsafeMutableBytes(of: &tag) {
            _ = unsafe crypto_onetimeauth_poly1305_final(
                authenticator, $0.baseAddress!.assumingMemoryBound(to: UInt8.self))
        }
        return tag
    }

    /// Zeros follow, up to a multiple of 16 bytes.
    private func authenticate(_ bytes: UnsafeRawBufferPointer) {
        unsafe update(bytes, bytes.count)
        unsafe withUnsafeBytes(of: (0, 0) as Tag) { unsafe update($0, -bytes.count & 15) }
    }

    private func update(_ bytes: UnsafeRawBufferPointer, _ byteCount: Int) {
        guard let start = bytes.baseAddress else { return }
        unsafe crypto_onetimeauth_poly1305_update(
            authenticator, start.assumingMemoryBound(to: UInt8.self), UInt64(byteCount))
    }
}
