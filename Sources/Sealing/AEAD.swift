/// Authenticated encryption with associated data (RFC 5116) under one key, in place: nonces have 12
/// bytes, and the last 16 of every text are its tag.
package protocol AEAD: AnyObject {
    /// Takes another key, of `SealKey.keyByteCount` bytes.
    func setKey(_ key: UnsafeRawPointer)
    /// - Parameter head: Is authenticated with the text, and not encrypted.
    func seal(
        _ text: UnsafeMutableRawBufferPointer, behind head: UnsafeRawBufferPointer,
        nonce: UnsafeRawPointer)
    /// - Returns: Whether head and text are as they were sealed; if not, zeros replace the text.
    func open(
        _ text: UnsafeMutableRawBufferPointer, behind head: UnsafeRawBufferPointer,
        nonce: UnsafeRawPointer
    ) -> Bool
}
