import CLinux

/// A pipe, both ends close-on-exec.
///
/// The corresponding C function is `pipe2`. Frozen, so that its ends can be given away singly.
@frozen
public struct Pipe: ~Copyable {
    public var reader: OwnedDescriptor
    public var writer: OwnedDescriptor

    package init() throws(Errno) {
        var ends: [CInt] = [-1, -1]
        let result = unsafe ends.withUnsafeMutableBufferPointer {
            unsafe linux_pipe($0.baseAddress!)
        }
        _ = try check(result)
        reader = OwnedDescriptor(owning: ends[0])
        writer = OwnedDescriptor(owning: ends[1])
    }
}
