import CSodium
import Relaying

/// ChaCha20-Poly1305 (RFC 8439) by libsodium.
@safe final class ChaChaPoly: AEAD {
    private let key = UnsafeMutablePointer<UInt8>.allocate(capacity: SealKey.keyByteCount)

    init(_ key: UnsafeRawPointer) {
        // The first time it picks the forms that are fastest on this processor.
        guard sodium_init() >= 0 else { preconditionFailure("libsodium does not start") }
        unsafe setKey(key)
    }

    deinit {
        unsafe sodium_memzero(key, SealKey.keyByteCount)
        unsafe key.deallocate()
    }

    func setKey(_ key: UnsafeRawPointer) {
        unsafe UnsafeMutableRawPointer(self.key)
            .copyMemory(from: key, byteCount: SealKey.keyByteCount)
    }

    func seal(
        _ text: UnsafeMutableRawBufferPointer, behind head: UnsafeRawBufferPointer,
        nonce: UnsafeRawPointer
    ) {
        let bytes = unsafe text.baseAddress!.assumingMemoryBound(to: UInt8.self)
        let byteCount = UInt64(text.count - SealedRecord.tagByteCount)
        _ = unsafe crypto_aead_chacha20poly1305_ietf_encrypt(
            bytes, nil, bytes, byteCount, head.baseAddress!.assumingMemoryBound(to: UInt8.self),
            UInt64(head.count), nil, nonce.assumingMemoryBound(to: UInt8.self), key)
    }

    func open(
        _ text: UnsafeMutableRawBufferPointer, behind head: UnsafeRawBufferPointer,
        nonce: UnsafeRawPointer
    ) -> Bool {
        let bytes = unsafe text.baseAddress!.assumingMemoryBound(to: UInt8.self)
        return unsafe crypto_aead_chacha20poly1305_ietf_decrypt(
            bytes, nil, nil, bytes, UInt64(text.count),
            head.baseAddress!.assumingMemoryBound(to: UInt8.self), UInt64(head.count),
            nonce.assumingMemoryBound(to: UInt8.self), key) == 0
    }
}
