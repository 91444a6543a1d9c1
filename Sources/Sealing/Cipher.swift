import CBearSSL
import LinuxSystem

/// What seals records, under the name that the two ends tell each other.
package enum Cipher: String, CaseIterable, Sendable {
    case aes128GCM = "aes-128-gcm"
    case chacha20Poly1305 = "chacha20-poly1305"

    /// What this processor does fast, the fastest first.
    ///
    /// A test may name those that it wants in `SOCKETPIPE_TEST_CIPHERS`, with commas between them.
    package static var available: [Cipher] {
        let fast = allCases.filter { $0.isFast }
        guard let wanted = Environment.inherited()["SOCKETPIPE_TEST_CIPHERS"] else { return fast }
        let names = wanted.split(separator: UInt8(ascii: ","))
        return fast.filter { cipher in names.contains { $0.elementsEqual(cipher.rawValue.utf8) } }
    }

    private var isFast: Bool {
        switch self {
        case .aes128GCM: AESGCM.isAvailable
        case .chacha20Poly1305: true
        }
    }

    /// Seals under this key.
    ///
    /// - Parameter key: `SealKey.keyByteCount` bytes.
    package func aead(_ key: UnsafeRawPointer) -> any AEAD {
        switch self {
        case .aes128GCM: unsafe AESGCM(key)
        case .chacha20Poly1305: unsafe ChaChaPoly(key)
        }
    }
}
