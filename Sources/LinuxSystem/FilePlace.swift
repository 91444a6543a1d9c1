/// Where in a file a stream begins: at the end of the stream the file must match the bytes counted.
package enum FilePlace: Equatable, Sendable {
    /// At this offset; in the end the file's offset is behind the last byte.
    case position(Int64)
    /// At this length; each write appends and lengthens the file.
    case length(Int64)

    package var isPosition: Bool { if case .position = self { true } else { false } }

    /// Notes where the next write goes; `nil` for pipes, sockets and character devices, whose bytes
    /// have no offset.
    package init?(of descriptor: Descriptor) {
        switch FileKind(of: descriptor) {
        case .regular where descriptor.isAppending:
            guard let size = descriptor.size else { return nil }
            self = .length(size)
        case .regular, .blockDevice:
            guard let position = descriptor.position else { return nil }
            self = .position(position)
        default: return nil
        }
    }

    /// Checks that the file reaches at least `given` bytes past the beginning; other processes that
    /// share it may have written more.
    ///
    /// - Throws: `misplaced` if it does not.
    package func confirm(_ given: Int64, in descriptor: Descriptor) throws(Errno) {
        let (start, end) =
            switch self {
            case .position(let start): (start, FilePlace.reached(in: descriptor))
            case .length(let start): (start, descriptor.size)
            }
        guard let end, end < start + given else { return }
        // The kernel's own files may maintain neither.
        if end == start, descriptor.isOfKernel { return }
        throw .misplaced
    }

    /// The end of the bytes before a file's offset: a file may be shorter; a block device is not.
    private static func reached(in descriptor: Descriptor) -> Int64? {
        guard let position = descriptor.position else { return nil }
        guard FileKind(of: descriptor) == .regular, let size = descriptor.size else {
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
