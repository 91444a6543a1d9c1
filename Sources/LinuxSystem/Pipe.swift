import CLinux

/// A pipe, both ends close-on-exec.
///
/// The corresponding C function is `pipe2`. Frozen, so that its ends can be given away singly.
@frozen
public struct Pipe: ~Copyable {
    public var reader: OwnedDescriptor
    public var writer: OwnedDescriptor

    /// - Parameter capacity: The bytes it should hold. The kernel refuses past the limits of
    ///   `pipe(7)`, and then it stays as large as it is.
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

    /// The bytes it holds when they come in whole pages.
    package var capacity: Int { max(4096, Int(linux_pipe_capacity(writer.number))) }

    /// What a pipe holds that somebody else made, enlarged where that is needed and still safe.
    package static func capacity(of number: CInt, atLeast wanted: Int) -> Int {
        let now = Int(linux_pipe_capacity(number))
        if now < wanted, wanted <= CInt.max, linux_queued_bytes(number) == 0 {
            _ = linux_set_pipe_capacity(number, CInt(wanted))
        }
        return max(4096, Int(linux_pipe_capacity(number)))
    }

    /// Whether the limits of a user's pipes in `pipe(7)` do not hold for us: with
    /// `CAP_SYS_RESOURCE` or `CAP_SYS_ADMIN`, in the first user namespace alone.
    package static var isUnlimited: Bool {
        // Who maps all identities is in the first.
        Proc.contents(of: "/proc/self/uid_map")?.suffix(11) == [UInt8]("4294967295\n".utf8)[...]
            && linux_passes_pipe_limits() != 0
    }
}
