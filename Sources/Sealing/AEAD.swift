/// Authenticated encryption with associated data (RFC 5116) under one key: nonces have 12 bytes, and
/// the last 16 of every sealed text are its tag.
///
/// What a text begins with, its content, may stand elsewhere; the rest of it is encrypted in place.
package protocol AEAD: AnyObject {
    /// Takes another key, of `SealKey.keyByteCount` bytes.
    func setKey(_ key: UnsafeRawPointer)
    /// - Parameters:
    ///   - content: Is read once.
    ///   - text: Has room for the content, then the rest of the text, then room for the tag.
    ///   - head: Is authenticated with the text, and not encrypted.
    func seal(
        _ content: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer,
        behind head: UnsafeRawBufferPointer, nonce: UnsafeRawPointer)
    /// Nothing is in `content` that was not proved.
    ///
    /// - Parameter content: Elsewhere, or where the text begins.
    /// - Returns: Whether head and text are as they were sealed; if not, no text is left anywhere.
    func open(
        _ text: UnsafeMutableRawBufferPointer, into content: UnsafeMutableRawBufferPointer,
        behind head: UnsafeRawBufferPointer, nonce: UnsafeRawPointer
    ) -> Bool
}
