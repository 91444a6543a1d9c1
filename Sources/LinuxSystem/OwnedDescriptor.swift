import CLinux

/// A file descriptor with one owner, which closes it at the end of its life.
///
/// Public and frozen only because Embedded Swift must see the deinit from other modules.
@frozen
public struct OwnedDescriptor: ~Copyable, Sendable {
    public let number: CInt

    /// - Parameter number: An open descriptor that no other value owns.
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
    /// The descriptor, for calls that do not close it.
    package var borrowed: Descriptor { Descriptor(number: number) }

    /// Opens a file close-on-exec.
    ///
    /// The corresponding C function is `open`.
    /// - Throws: The error of `open(2)`, such as `notFound` or `accessDenied`.
    package static func open(_ path: Path, _ mode: OpenMode) throws(Errno) -> OwnedDescriptor {
        let number = unsafe path.withCString { unsafe linux_open($0, mode.flags, mode.permissions) }
        return OwnedDescriptor(owning: try check(number))
    }

    /// Makes a second close-on-exec descriptor of the same open file description, 3 or above.
    ///
    /// The corresponding C function is `fcntl` with `F_DUPFD_CLOEXEC`.
    /// - Throws: `badDescriptor` if `descriptor` is not open; `tooManyOpenFiles`.
    package static func duplicate(of descriptor: Descriptor) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(owning: try check(linux_duplicate(descriptor.number)))
    }

    /// Closes the file, and tells what only a close can tell: a tape drive writes a file mark there, a
    /// network file system what it kept.
    ///
    /// The corresponding C function is `close`.
    /// - Throws: The error of the close, such as `inputOutput`; the descriptor is closed all the same.
    package consuming func finish() throws(Errno) {
        let number = number
        discard self
        _ = try check(linux_close(number))
    }

    /// Empties the file.
    ///
    /// The corresponding C function is `ftruncate`.
    /// - Throws: `invalid` if the file is not open for writing.
    package func truncate() throws(Errno) {
        _ = try check(linux_truncate(number, 0))
    }

    /// Gives the descriptor away, as if this process had inherited it: our commands get it.
    package consuming func leftToCommands() -> Descriptor {
        let descriptor = borrowed
        descriptor.keepFromCommands(false)
        discard self
        return descriptor
    }

    /// Sets or clears `O_NONBLOCK`: see `Descriptor.setNonblocking`.
    ///
    /// - Throws: The error of `fcntl(2)`.
    package func setNonblocking(_ nonblocking: Bool) throws(Errno) {
        try borrowed.setNonblocking(nonblocking)
    }
}

/// How to open a file.
package enum OpenMode: Sendable {
    case reading, readingUnblocked, readingAndWriting, writing, writingNew, writingUnblocked
    /// A file that keeps what it has, or a new one.
    case writingKept
    /// A new file that only its owner may use.
    case writingOwn

    var flags: CInt {
        switch self {
        case .reading: linux_open_reading
        case .readingUnblocked: linux_open_reading_unblocked
        case .readingAndWriting: linux_open_reading_and_writing
        case .writing: linux_open_writing
        case .writingNew: linux_open_writing_new
        case .writingKept: linux_open_writing_kept
        case .writingOwn: linux_open_writing_own
        case .writingUnblocked: linux_open_writing_unblocked
        }
    }

    var permissions: CInt { self == .writingOwn ? 0o600 : 0o666 }
}
