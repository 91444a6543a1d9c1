import LinuxSystem

/// A file that is the source, and what it promised when it began to be read.
struct PromisedFile: ~Copyable {
    private let length: FileLength
    private let source: Descriptor
    /// The same file, also when its number is another's; `nil` where there was no number to be had.
    private let original: OwnedDescriptor?
    private let descriptor: Descriptor?

    /// `nil` for what promises no length.
    init?(_ source: Descriptor) {
        guard let length = FileLength(of: source) else { return nil }
        self.length = length
        self.source = source
        var original = try? OwnedDescriptor.duplicate(of: source)
        descriptor = original?.borrowed
        self.original = original.take()
    }

    /// The bytes that there were to read.
    var byteCount: Int64 { length.byteCount }

    /// Whether the file was cut below the first `taken` bytes; `false` where that cannot be seen.
    func hasLost(_ taken: Int64) -> Bool {
        guard let descriptor else { return false }
        return length.hasLost(taken, in: descriptor)
    }

    /// Whether the file ended after `taken` bytes, before the length that it had; to be asked at once.
    func isCut(_ taken: Int64) -> Bool {
        length.isShort(of: taken, in: descriptor ?? source)
    }
}
