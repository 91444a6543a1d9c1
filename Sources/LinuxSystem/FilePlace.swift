/// Where in a file a stream begins: at the end of the stream the file must match the bytes counted.
package enum FilePlace: Equatable, Sendable {
    /// At this offset; in the end the file's offset is behind the last byte.
    case position(Int64)
    /// At this length; each write appends and lengthens the file.
    case length(Int64)

    package var isPosition: Bool { if case .position = self { true } else { false } }

    /// Notes where the next write goes; `nil` for pipes, sockets and character devices, whose bytes
    /// have no offset.
    package init?(of number: CInt) {
        switch FileKind(of: number) {
        case .regular where Descriptor.isAppending(number):
            guard let size = Descriptor.size(of: number) else { return nil }
            self = .length(size)
        case .regular, .blockDevice:
            guard let position = Descriptor.position(of: number) else { return nil }
            self = .position(position)
        default: return nil
        }
    }

    /// Checks that the file reaches at least `given` bytes past the beginning; other processes that
    /// share it may have written more.
    ///
    /// - Throws: `misplaced` if it does not.
    package func confirm(_ given: Int64, in number: CInt) throws(Errno) {
        let (start, end) =
            switch self {
            case .position(let start): (start, FilePlace.reached(in: number))
            case .length(let start): (start, Descriptor.size(of: number))
            }
        guard let end, end < start + given else { return }
        // The kernel's own files may maintain neither.
        if end == start, Descriptor.isOfKernel(number) { return }
        throw .misplaced
    }

    /// The end of the bytes before a file's offset: a file may be shorter; a block device is not.
    private static func reached(in number: CInt) -> Int64? {
        guard let position = Descriptor.position(of: number) else { return nil }
        guard FileKind(of: number) == .regular, let size = Descriptor.size(of: number) else {
            return position
        }
        return min(position, size)
    }
}

extension Errno {
    /// A file is shorter, or its offset is less, than the bytes written to it: another program
    /// moved the offset or truncated the file, or the kernel reported more than it wrote.
    package static let misplaced = Errno.badState
}
