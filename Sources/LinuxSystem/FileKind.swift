import CLinux

/// What kind of file a descriptor is open on (`inode(7)`).
package enum FileKind: Sendable {
    case pipe, socket, regular, directory, terminal, characterDevice, blockDevice

    /// `nil` when the descriptor is not open.
    package init?(of number: CInt) {
        self.init(format: linux_file_format(number))
        if self == .characterDevice, Descriptor.isTerminal(number) { self = .terminal }
    }

    /// - Parameter format: -1 where there is no file.
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

    /// Whether there is a character device, told without opening it, which would rewind a tape.
    package static func isCharacterDevice(_ path: Path) -> Bool {
        unsafe path.withCString { unsafe linux_is_character_device($0) != 0 }
    }

    /// Whether each byte has a place in it.
    package var hasPlaces: Bool { self == .regular || self == .blockDevice }

    /// Whether `poll` tells when it can be read or written; a file of the others is always ready,
    /// and makes its caller wait.
    package var canBePolled: Bool {
        switch self {
        case .pipe, .socket, .terminal: true
        case .regular, .directory, .characterDevice, .blockDevice: false
        }
    }
}
