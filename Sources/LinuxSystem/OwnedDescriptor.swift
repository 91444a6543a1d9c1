import CLinux

/// A file descriptor with one owner, closed when the owner goes.
///
/// Public and frozen only because Embedded Swift must see the deinit from other modules.
@frozen
public struct OwnedDescriptor: ~Copyable, Sendable {
    public let number: CInt

    @inlinable
    public init(owning number: CInt) {
        self.number = number
    }

    @inlinable
    deinit {
        closeDescriptor(number)
    }
}

@usableFromInline
func closeDescriptor(_ number: CInt) {
    _ = linux_close(number)
}

extension OwnedDescriptor {
    /// Opens a file close-on-exec.
    ///
    /// The corresponding C function is `open`.
    package static func open(_ path: Path, _ mode: OpenMode) throws(Errno) -> OwnedDescriptor {
        let number = unsafe path.withCString { unsafe linux_open($0, mode.flags, mode.permissions) }
        return OwnedDescriptor(owning: try check(number))
    }

    /// Makes a second close-on-exec descriptor of the same open file description, 3 or above.
    ///
    /// The corresponding C function is `fcntl` with `F_DUPFD_CLOEXEC`.
    package static func duplicate(of number: CInt) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(owning: try check(linux_duplicate(number)))
    }

    /// Empties the file.
    package func truncate() throws(Errno) {
        _ = try check(linux_truncate(number))
    }

    package func setNonblocking(_ nonblocking: Bool) throws(Errno) {
        try Descriptor.setNonblocking(number, nonblocking)
    }
}

/// How a file is opened.
package enum OpenMode: Sendable {
    case reading, readingUnblocked, readingAndWriting, writing, writingNew, writingUnblocked
    /// A new file, for its owner alone.
    case writingOwn

    var flags: CInt {
        switch self {
        case .reading: linux_open_reading
        case .readingUnblocked: linux_open_reading_unblocked
        case .readingAndWriting: linux_open_reading_and_writing
        case .writing: linux_open_writing
        case .writingNew: linux_open_writing_new
        case .writingOwn: linux_open_writing_own
        case .writingUnblocked: linux_open_writing_unblocked
        }
    }

    var permissions: CInt { self == .writingOwn ? 0o600 : 0o666 }
}
