import Glibc
import Sealing

/// OpenSSL 3, loaded if this host has it, so that no build needs it.
@safe struct OpenSSL: @unchecked Sendable {
    static let found = OpenSSL()

    private typealias Context = OpaquePointer?
    private typealias Bytes = UnsafePointer<UInt8>?
    private typealias Target = UnsafeMutablePointer<UInt8>?

    private let makeContext: @convention(c) () -> Context
    private let freeContext: @convention(c) (Context) -> Void
    private let cipherByName: @convention(c) (UnsafePointer<CChar>) -> OpaquePointer?
    private let start:
        @convention(c) (Context, OpaquePointer?, OpaquePointer?, Bytes, Bytes, CInt) -> CInt
    private let update:
        @convention(c) (Context, Target, UnsafeMutablePointer<CInt>, Bytes, CInt) -> CInt
    private let finish: @convention(c) (Context, Target, UnsafeMutablePointer<CInt>) -> CInt
    private let control: @convention(c) (Context, CInt, CInt, UnsafeMutableRawPointer?) -> CInt

    private init?() {
        guard let library = unsafe dlopen("libcrypto.so.3", RTLD_NOW) else { return nil }
        func function<T>(_ name: String) -> T {
            unsafe unsafeBitCast(dlsym(library, name)!, to: T.self)
        }
        unsafe makeContext = function("EVP_CIPHER_CTX_new")
        unsafe freeContext = function("EVP_CIPHER_CTX_free")
        unsafe cipherByName = function("EVP_get_cipherbyname")
        unsafe start = function("EVP_CipherInit_ex")
        unsafe update = function("EVP_CipherUpdate")
        unsafe finish = function("EVP_CipherFinal_ex")
        unsafe control = function("EVP_CIPHER_CTX_ctrl")
    }

    /// The text sealed, and its tag.
    func seal(
        _ text: [UInt8], _ cipher: Cipher, key: [UInt8], nonce: [UInt8], behind head: [UInt8]
    ) -> [UInt8] {
        let context = unsafe begin(cipher, key, nonce, head, encrypts: 1)
        defer { unsafe freeContext(context) }
        let sealed = unsafe run(context, text)
        var tag = [UInt8](repeating: 0, count: 16)
        // EVP_CTRL_AEAD_GET_TAG
        unsafe require(control(context, 0x10, 16, &tag))
        return sealed! + tag
    }

    /// - Parameter sealed: A text and its tag.
    func open(
        _ sealed: [UInt8], _ cipher: Cipher, key: [UInt8], nonce: [UInt8], behind head: [UInt8]
    ) -> [UInt8]? {
        let context = unsafe begin(cipher, key, nonce, head, encrypts: 0)
        defer { unsafe freeContext(context) }
        var tag = [UInt8](sealed.suffix(16))
        // EVP_CTRL_AEAD_SET_TAG
        unsafe require(control(context, 0x11, 16, &tag))
        return unsafe run(context, sealed.dropLast(16))
    }

    private func begin(
        _ cipher: Cipher, _ key: [UInt8], _ nonce: [UInt8], _ head: [UInt8], encrypts: CInt
    ) -> Context {
        let context = unsafe makeContext()
        let method = unsafe cipherByName(cipher.rawValue)
        unsafe require(start(context, method, nil, key, nonce, encrypts))
        var count: CInt = 0
        unsafe require(update(context, nil, &count, head, CInt(head.count)))
        return unsafe context
    }

    /// `nil` if the tag is not that of the text.
    private func run(_ context: Context, _ text: [UInt8]) -> [UInt8]? {
        var target = [UInt8](repeating: 0, count: text.count + 16)
        var count: CInt = 0
        unsafe require(update(context, &target, &count, text, CInt(text.count)))
        var rest: CInt = 0
        guard unsafe finish(context, &target, &rest) == 1, count + rest == text.count else {
            return nil
        }
        return [UInt8](target.prefix(text.count))
    }

    private func require(_ result: CInt) { precondition(result == 1, "OpenSSL refuses") }
}
