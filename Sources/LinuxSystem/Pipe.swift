import CLinux

/// A pipe, both ends close-on-exec.
///
/// The corresponding C function is `pipe2`. Frozen, so that you can give away its ends one by one.
@frozen
public struct Pipe: ~Copyable {
    public var reader: OwnedDescriptor
    public var writer: OwnedDescriptor

    /// Makes a pipe.
    ///
    /// - Parameter capacity: The bytes it should hold (`F_SETPIPE_SZ`). Past the limits of
    ///   `pipe(7)` the kernel refuses, and the pipe keeps its usual size.
    /// - Throws: `tooManyOpenFiles`, or another error of `pipe2`.
    package init(capacity: Int? = nil) throws(Errno) {
        var ends: [CInt] = [-1, -1]
        let result = unsafe ends.withUnsafeMutableBufferPointer {
            unsafe linux_pipe($0.baseAddress!)
        }
        _ = try check(result)
        reader = OwnedDescriptor(owning: ends[0])
        writer = OwnedDescriptor(owning: ends[1])
        if let capacity { _ = linux_set_pipe_capacity(ends[1], CInt(capacity)) }
    }

    /// The bytes it holds if they arrive in whole pages (`F_GETPIPE_SZ`).
    package var capacity: Int { max(4096, Int(linux_pipe_capacity(writer.number))) }

    /// What one slot of a pipe holds: 4096 bytes on x86-64, up to 65,536 on arm64.
    package static var pageSize: Int { Int(linux_page_size()) }

    /// The bytes that another process's pipe holds, after enlarging it to `wanted` if it is smaller
    /// and empty.
    ///
    /// The corresponding C function is `fcntl` with `F_SETPIPE_SZ` and `F_GETPIPE_SZ`.
    package static func capacity(of pipe: Descriptor, atLeast wanted: Int) -> Int {
        let now = Int(linux_pipe_capacity(pipe.number))
        if now < wanted, wanted <= CInt.max, linux_queued_bytes(pipe.number) == 0 {
            _ = linux_set_pipe_capacity(pipe.number, CInt(wanted))
        }
        return max(4096, Int(linux_pipe_capacity(pipe.number)))
    }

    /// Enlarges somebody's pipe, which may be full and its writer asleep, as far as the limits of
    /// `pipe(7)` allow; a smaller one, or what is no pipe, stays as it is.
    ///
    /// Linux 5.8 to 6.6 wakes that writer before it counts the new room (kernel commit
    /// e95aada4cb93), so the writer sleeps on, and nothing that is read wakes it until the pipe was
    /// full again. The second time the room is there.
    ///
    /// The corresponding C function is `fcntl` with `F_SETPIPE_SZ`.
    package static func grow(_ pipe: Descriptor, to wanted: Int) {
        var size = wanted
        while size > Int(linux_pipe_capacity(pipe.number)), size > pageSize {
            if linux_set_pipe_capacity(pipe.number, CInt(size)) >= 0 {
                _ = linux_set_pipe_capacity(pipe.number, CInt(size))
                return
            }
            size /= 2
        }
    }

    /// Whether we are exempt from the limits of a user's pipes in `pipe(7)`: with
    /// `CAP_SYS_RESOURCE` or `CAP_SYS_ADMIN`, but only in the first user namespace.
    package static var isUnlimited: Bool {
        // A process that maps all identities is in the first.
        Proc.contents(of: "/proc/self/uid_map")?.suffix(11) == [UInt8]("4294967295\n".utf8)[...]
            && linux_passes_pipe_limits() != 0
    }
}
