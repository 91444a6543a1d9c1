import CBearSSL
import CSodium
import Relaying

/// AES-128-GCM (NIST SP 800-38D) by BearSSL, with the processor's own AES and carry-less product.
@safe final class AESGCM: AEAD {
    private static let keyByteCount = 16
    private static let nonceByteCount = 12

    static var isAvailable: Bool {
        unsafe br_aes_x86ni_ctr_get_vtable() != nil && br_ghash_pclmul_get() != nil
    }

    private let schedule = UnsafeMutablePointer<br_aes_x86ni_ctr_keys>.allocate(capacity: 1)
    private let state = UnsafeMutablePointer<br_gcm_context>.allocate(capacity: 1)

    init(_ key: UnsafeRawPointer) {
        unsafe schedule.initialize(to: .init())
        unsafe state.initialize(to: .init())
        unsafe setKey(key)
    }

    deinit {
        unsafe sodium_memzero(schedule, MemoryLayout<br_aes_x86ni_ctr_keys>.size)
        unsafe sodium_memzero(state, MemoryLayout<br_gcm_context>.size)
        unsafe schedule.deallocate()
        unsafe state.deallocate()
    }

    /// Takes the first 16 bytes.
    func setKey(_ key: UnsafeRawPointer) {
        guard let aes = unsafe br_aes_x86ni_ctr_get_vtable(),
            let product = unsafe br_ghash_pclmul_get()
        else { preconditionFailure("this processor has no AES: see isAvailable") }
        // The key schedule begins with the pointer to its functions, by which BearSSL knows it.
        let keys = unsafe UnsafeMutableRawPointer(schedule)
            .assumingMemoryBound(to: UnsafePointer<br_block_ctr_class>?.self)
        // Not by its name: a BearSSL for arm64 has no such function.
        unsafe aes.pointee.`init`(keys, key, AESGCM.keyByteCount)
        unsafe br_gcm_init(state, keys, product)
    }

    func seal(
        _ content: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer,
        behind head: UnsafeRawBufferPointer, nonce: UnsafeRawPointer
    ) {
        // BearSSL works in place only.
        unsafe text.copyMemory(from: content)
        let tag = unsafe run(text, behind: head, nonce: nonce, encrypts: true)
        unsafe br_gcm_get_tag(state, tag)
    }

    func open(
        _ text: UnsafeMutableRawBufferPointer, into content: UnsafeMutableRawBufferPointer,
        behind head: UnsafeRawBufferPointer, nonce: UnsafeRawPointer
    ) -> Bool {
        let tag = unsafe run(text, behind: head, nonce: nonce, encrypts: false)
        guard unsafe br_gcm_check_tag(state, tag) == 1 else {
            unsafe sodium_memzero(text.baseAddress!, text.count)
            return false
        }
        unsafe content.copyMemory(from: UnsafeRawBufferPointer(rebasing: text[..<content.count]))
        return true
    }

    /// - Returns: Where the tag stands.
    private func run(
        _ text: UnsafeMutableRawBufferPointer, behind head: UnsafeRawBufferPointer,
        nonce: UnsafeRawPointer, encrypts: Bool
    ) -> UnsafeMutableRawPointer {
        let byteCount = text.count - SealedRecord.tagByteCount
        unsafe br_gcm_reset(state, nonce, AESGCM.nonceByteCount)
        unsafe br_gcm_aad_inject(state, head.baseAddress, head.count)
        unsafe br_gcm_flip(state)
        unsafe br_gcm_run(state, encrypts ? 1 : 0, text.baseAddress, byteCount)
        return unsafe text.baseAddress! + byteCount
    }
}
