/// Where in a file a stream begins: at its end the file must bear out what was counted.
package enum FilePlace: Equatable, Sendable {
    /// From the position on, which is behind the last byte in the end.
    case position(Int64)
    /// Each write is appended; the length grows by them.
    case length(Int64)

    package var isPosition: Bool { if case .position = self { true } else { false } }

    /// `nil` where bytes have no place: in pipes, sockets and character devices.
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

    /// Checks that the file has room behind its beginning for all that it is said to have taken;
    /// who shares it may have written more.
    ///
    /// - Throws: `misplaced` where it has not.
    package func confirm(_ given: Int64, in number: CInt) throws(Errno) {
        let (start, end) =
            switch self {
            case .position(let start): (start, FilePlace.reached(in: number))
            case .length(let start): (start, Descriptor.size(of: number))
            }
        guard let end, end < start + given else { return }
        // The kernel's own files may count nothing at all.
        if end == start, Descriptor.isOfKernel(number) { return }
        throw .misplaced
    }

    /// How far a file has bytes up to its position; of a block device the position alone tells.
    private static func reached(in number: CInt) -> Int64? {
        guard let position = Descriptor.position(of: number) else { return nil }
        guard FileKind(of: number) == .regular, let size = Descriptor.size(of: number) else {
            return position
        }
        return min(position, size)
    }
}

extension Errno {
    /// A file is not as long, or does not stand as far, as what was written to it says: somebody
    /// moved or cut it, or the kernel told more than it did.
    package static let misplaced = Errno.badState
}
