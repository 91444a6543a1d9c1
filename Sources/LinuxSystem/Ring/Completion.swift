/// How an operation of a ring ended.
package struct Completion: Equatable, Sendable {
    /// What the operation was asked with.
    package let tag: UInt64
    /// The number of bytes moved, 0 at end of stream; or why none were.
    package let result: Result<Int, Errno>

    package init(tag: UInt64, result: Result<Int, Errno>) {
        self.tag = tag
        self.result = result
    }

    init(tag: UInt64, code: CInt) {
        self.tag = tag
        result = code < 0 ? .failure(Completion.error(-code)) : .success(Int(code))
    }

    private static func error(_ code: CInt) -> Errno {
        // A splice that was interrupted tells the number that asks the kernel itself to restart it
        // (ERESTARTSYS, 512), which no system call returns.
        code == 512 ? .interrupted : Errno(code)
    }
}
