/// The length of a file when reading began: an end before that means that the file was truncated.
package struct FileLength: Equatable, Sendable {
    private let start: Int64
    private let length: Int64

    /// Notes the offset and the length; `nil` for files that have none, and for the kernel's own
    /// files, whose length means nothing.
    package init?(of descriptor: Descriptor) {
        guard FileKind(of: descriptor) == .regular, !descriptor.isOfKernel,
            let start = descriptor.position, let length = descriptor.size
        else { return nil }
        self.start = start
        self.length = length
    }

    /// The number of bytes there were to read.
    package var byteCount: Int64 { max(0, length - start) }

    /// Whether the file has become shorter than the `taken` bytes that were read of it.
    package func hasLost(_ taken: Int64, in descriptor: Descriptor) -> Bool {
        (descriptor.size ?? 0) < min(length, start + taken)
    }

    /// Whether `taken` bytes, or the bytes that other processes sharing the description read, end
    /// before its length.
    package func isShort(of taken: Int64, in descriptor: Descriptor) -> Bool {
        max(start + taken, descriptor.position ?? 0) < length
    }
}
