/// How long a file was when it began to be read: an end before that means that somebody cut it.
package struct FileLength: Equatable, Sendable {
    private let start: Int64
    private let length: Int64

    /// `nil` for what has no length, and for the kernel's own files, which name one of their own.
    package init?(of number: CInt) {
        guard FileKind(of: number) == .regular, !Descriptor.isOfKernel(number),
            let start = Descriptor.position(of: number), let length = Descriptor.size(of: number)
        else { return nil }
        self.start = start
        self.length = length
    }

    /// The bytes that there were to read.
    package var byteCount: Int64 { length - start }

    /// Whether the file has become shorter than what was read of it.
    package func hasLost(_ taken: Int64, in number: CInt) -> Bool {
        (Descriptor.size(of: number) ?? 0) < min(length, start + taken)
    }

    /// Whether so many bytes, or those that others took who share the file, fall short of it.
    package func isShort(of taken: Int64, in number: CInt) -> Bool {
        max(start + taken, Descriptor.position(of: number) ?? 0) < length
    }
}
