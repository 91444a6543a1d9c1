import CLinux

/// What the kernel knows a connection by, whoever has it open (`sock_diag(7)`).
package struct ConnectionIdentity {
    private let raw: linux_tcp_identity

    /// - Returns: `nil` where the kernel does not tell.
    package init?(of number: CInt) {
        var raw = linux_tcp_identity()
        guard unsafe linux_identify_tcp(number, &raw) == 0 else { return nil }
        self.raw = raw
    }

    /// The connection's counters and its inode, which is 0 when nobody has it open any more; `nil`
    /// when the kernel has forgotten it, or does not tell.
    package func look() -> (counters: TCPCounters, inode: UInt64)? {
        var counters = linux_tcp_counters()
        var inode: UInt64 = 0
        let result = unsafe withUnsafePointer(to: raw) {
            unsafe linux_tcp_counters_of($0, &counters, &inode)
        }
        return result == 0 ? (TCPCounters(counters), inode) : nil
    }
}
