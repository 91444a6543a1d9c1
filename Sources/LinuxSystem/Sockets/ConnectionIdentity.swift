import CLinux

/// The kernel's name for a connection, whichever process has it open (`sock_diag(7)`).
package struct ConnectionIdentity {
    private let raw: linux_tcp_identity

    /// Asks for the identity of a connected socket.
    ///
    /// The corresponding C function is `getsockopt` with `SO_COOKIE`.
    /// - Returns: `nil` if the kernel does not say.
    package init?(of socket: Descriptor) {
        var raw = linux_tcp_identity()
        guard unsafe linux_identify_tcp(socket.number, &raw) == 0 else { return nil }
        self.raw = raw
    }

    /// The connection's counters and its inode, which is 0 if no process has it open any more;
    /// `nil` if the kernel has forgotten it, or does not say.
    ///
    /// The source is `SOCK_DIAG_BY_FAMILY` of `sock_diag(7)`.
    package func look() -> (counters: TCPCounters, inode: UInt64)? {
        var counters = linux_tcp_counters()
        var inode: UInt64 = 0
        let result = unsafe withUnsafePointer(to: raw) {
            unsafe linux_tcp_counters_of($0, &counters, &inode)
        }
        return result == 0 ? (TCPCounters(counters), inode) : nil
    }
}
