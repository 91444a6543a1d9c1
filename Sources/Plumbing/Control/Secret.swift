import CSodium

/// The 256 bits that prove our peer; it wipes them at the end of its life.
@safe package final class Secret: @unchecked Sendable {
    package static let byteCount = 32

    private let storage: UnsafeMutablePointer<UInt8>

    private init() {
        unsafe storage = .allocate(capacity: Secret.byteCount)
        unsafe storage.initialize(repeating: 0, count: Secret.byteCount)
    }

    deinit {
        unsafe sodium_memzero(storage, Secret.byteCount)
        unsafe storage.deallocate()
    }

    /// A fresh secret.
    package static func random() -> Secret {
        let secret = Secret()
        unsafe randombytes_buf(secret.storage, byteCount)
        return secret
    }

    /// Reads the 64 hexadecimal digits of `text`.
    package convenience init?(text: [UInt8]) {
        guard let bytes = Hex.decode(text, byteCount: Secret.byteCount) else { return nil }
        self.init()
        for (index, byte) in bytes.enumerated() { unsafe storage[index] = byte }
    }

    package var text: String {
        let bytes = unsafe UnsafeBufferPointer(start: storage, count: Secret.byteCount)
        return unsafe Hex.encode([UInt8](bytes))
    }

    /// The key for one purpose: HMAC-SHA256 of the purpose under the secret.
    ///
    /// - Parameter nonces: What makes it a key for one use alone.
    package func key(for purpose: String, _ nonces: [UInt8] = []) -> [UInt8] {
        unsafe Cryptography.authenticate([UInt8](purpose.utf8) + nonces, keyAt: storage)
    }

    /// A secret for one purpose, of the same length.
    package func derived(for purpose: String) -> Secret {
        let secret = Secret()
        var key = key(for: purpose)
        for (index, byte) in key.enumerated() { unsafe secret.storage[index] = byte }
        Cryptography.wipe(&key)
        return secret
    }
}

/// The functions of libsodium that we use.
package enum Cryptography {
    package static let proofByteCount = 32

    /// Prepares the source of random bytes; the library ends the process if there is none.
    ///
    /// `sodium_init` would choose among implementations too, which only a key of ChaCha20 needs; that
    /// asks for it.
    package static func start() { randombytes_stir() }

    package static func randomBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        unsafe bytes.withUnsafeMutableBytes { unsafe randombytes_buf($0.baseAddress!, count) }
        return bytes
    }

    /// HMAC-SHA256 (RFC 2104, RFC 6234) of the message; the key has 32 bytes.
    package static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        unsafe key.withUnsafeBufferPointer { bytes in
            unsafe authenticate(message, keyAt: bytes.baseAddress!)
        }
    }

    /// The same, with a key that is not to be copied.
    static func authenticate(_ message: [UInt8], keyAt key: UnsafePointer<UInt8>) -> [UInt8] {
        var proof = [UInt8](repeating: 0, count: proofByteCount)
        _ = unsafe crypto_auth_hmacsha256(&proof, message, UInt64(message.count), key)
        return proof
    }

    /// Overwrites what nobody may find in memory.
    package static func wipe(_ bytes: inout [UInt8]) {
        unsafe bytes.withUnsafeMutableBytes { unsafe sodium_memzero($0.baseAddress!, $0.count) }
    }

    /// Compares in a time that does not depend on where they differ.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe sodium_memcmp(left, right, left.count) == 0
    }
}
