/// How an operation of a ring ended.
package struct Completion: Equatable, Sendable {
    /// The tag of the operation.
    package let tag: UInt64
    /// The number of bytes moved, 0 at end of stream; or the error.
    package let result: Result<Int, Errno>

    /// - Parameters:
    ///   - tag: The tag of the operation.
    ///   - result: The number of bytes moved, or the error.
    package init(tag: UInt64, result: Result<Int, Errno>) {
        self.tag = tag
        self.result = result
    }

    init(tag: UInt64, code: CInt) {
        self.tag = tag
        result = code < 0 ? .failure(Completion.error(-code)) : .success(Int(code))
    }

    private static func error(_ code: CInt) -> Errno {
        // An interrupted splice reports the number that asks the kernel to restart it (ERESTARTSYS,
        // 512), which no system call returns.
        code == 512 ? .interrupted : Errno(code)
    }
}
