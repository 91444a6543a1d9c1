import CLinux

/// Two connected sockets, both close-on-exec.
///
/// The corresponding C function is `socketpair` with `AF_UNIX` and `SOCK_STREAM`.
@frozen
public struct SocketPair: ~Copyable {
    public var first: OwnedDescriptor
    public var second: OwnedDescriptor

    /// Makes the two sockets.
    ///
    /// - Parameter bufferSize: The bytes each should hold for its reader, as far as the kernel
    ///   grants it (`SO_SNDBUF`).
    /// - Throws: `tooManyOpenFiles`, or another error of `socketpair(2)`.
    package init(bufferSize: Int) throws(Errno) {
        var ends: [CInt] = [-1, -1]
        let result = unsafe ends.withUnsafeMutableBufferPointer {
            unsafe linux_socket_pair($0.baseAddress!, CInt(bufferSize))
        }
        _ = try check(result)
        let first = OwnedDescriptor(owning: ends[0])
        let second = OwnedDescriptor(owning: ends[1])
        try TCP.keepUrgentDataInLine(first.borrowed)
        try TCP.keepUrgentDataInLine(second.borrowed)
        self.first = first
        self.second = second
    }
}
