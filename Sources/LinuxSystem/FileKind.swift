import CLinux

/// What kind of file a descriptor is open on (`inode(7)`).
package enum FileKind: Sendable {
    case pipe, socket, regular, directory, terminal, characterDevice, blockDevice

    /// The kind of the file that a descriptor is open on; `nil` if it is not open.
    ///
    /// The corresponding C functions are `fstat` and `isatty`.
    package init?(of descriptor: Descriptor) {
        self.init(format: linux_file_format(descriptor.number))
        if self == .characterDevice, descriptor.isTerminal { self = .terminal }
    }

    /// - Parameter format: The format bits of `st_mode`; -1 if there is no file.
    init?(format: CInt) {
        switch format {
        case linux_format_pipe: self = .pipe
        case linux_format_socket: self = .socket
        case linux_format_regular: self = .regular
        case linux_format_directory: self = .directory
        case linux_format_block_device: self = .blockDevice
        case -1: return nil
        default: self = .characterDevice
        }
    }

    /// Whether a path leads to a character device. It does not open it: that would rewind a tape.
    ///
    /// The corresponding C function is `stat`.
    package static func isCharacterDevice(_ path: Path) -> Bool {
        unsafe path.withCString { unsafe linux_is_character_device($0) != 0 }
    }

    /// Whether each of its bytes has an offset.
    package var hasPlaces: Bool { self == .regular || self == .blockDevice }

    /// Whether `poll` says when it is ready; `poll` calls any other file always ready, though a
    /// read or a write may then wait.
    package var canBePolled: Bool {
        switch self {
        case .pipe, .socket, .terminal: true
        case .regular, .directory, .characterDevice, .blockDevice: false
        }
    }
}
