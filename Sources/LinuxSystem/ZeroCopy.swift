import CLinux

/// A source of bytes that costs next to nothing: a file in memory, of which `sendfile` sends the
/// pages themselves.
package struct MemorySource: ~Copyable {
    package static let byteCount = 1 << 20
    private let file: OwnedDescriptor

    /// Fills it with numbers that no link on the way can compress.
    ///
    /// The corresponding C function is `memfd_create`.
    /// - Throws: `outOfMemory`, or another error of `memfd_create` or `write`.
    package init() throws(Errno) {
        let made = OwnedDescriptor(owning: try check(linux_memory_file()))
        var block = [UInt8](repeating: 0, count: 1 << 16)
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        for _ in 0..<(MemorySource.byteCount / block.count) {
            for index in block.indices {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                block[index] = UInt8(truncatingIfNeeded: state)
            }
            try made.borrowed.writeAll(block)
        }
        file = made
    }

    /// Sends at most `byteCount` of its bytes; waits for room.
    ///
    /// The corresponding C function is `sendfile`.
    /// - Returns: The number of bytes sent.
    /// - Throws: `brokenPipe`, `connectionReset`, or another error of the target.
    package borrowing func send(_ byteCount: Int, to target: Descriptor) throws(Errno) -> Int {
        let count = min(byteCount, MemorySource.byteCount)
        return try retry { linux_send_start(file.number, target.number, count) }
    }
}

extension Descriptor {
    /// Takes at most `byteCount` bytes and drops them: those of a TCP connection without copying them.
    ///
    /// The corresponding C function is `recv` with `MSG_TRUNC`, or `read`.
    /// - Returns: The number of bytes dropped; 0 at end of stream.
    /// - Throws: `connectionReset`, or another error of the read.
    package func discard(_ byteCount: Int) throws(Errno) -> Int {
        try retry { linux_discard(number, byteCount, 1) }
    }

    /// The same, but waits for `least` bytes of a TCP connection first, a tenth of a second at most.
    ///
    /// A reader that sleeps in `recv` itself would take a part, and then wait for as many again.
    ///
    /// The corresponding C functions are `setsockopt` with `SO_RCVLOWAT`, `poll` and `recv`.
    /// - Returns: `nil` if nothing came; 0 at end of stream.
    package func discard(_ byteCount: Int, least: Int) throws(Errno) -> Int? {
        setLeastRead(least)
        var readiness = Readiness()
        readiness.watch(self, .reading)
        try readiness.wait(until: .now + .milliseconds(100))
        do throws(Errno) {
            return try retry { linux_discard(number, byteCount, 0) }
        } catch .wouldBlock {
            return nil
        }
    }

    /// Sets how many bytes must have come before a socket counts as readable (`SO_RCVLOWAT`).
    package func setLeastRead(_ byteCount: Int) {
        _ = linux_set_least_read(number, CInt(byteCount))
    }
}
