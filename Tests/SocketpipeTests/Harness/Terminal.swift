import Foundation
import Synchronization
import Testing

/// A pseudo-terminal, of which the test plays the keyboard and the screen.
final class Terminal: Sendable {
    /// The terminal's device, for the programs.
    let path: String
    private let descriptor: Int32
    /// Keeps the terminal alive while no program has it open.
    private let device: Int32
    private let screen = Mutex(Data())

    init() throws {
        descriptor = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure("/dev/ptmx: \(reason(errno))") }
        var number: UInt32 = 0
        var unlocked: Int32 = 0
        // TIOCGPTN and TIOCSPTLCK are macros that the module does not show.
        _ = unsafe ioctl(descriptor, 0x8004_5430, &number)
        _ = unsafe ioctl(descriptor, 0x4004_5431, &unlocked)
        path = "/dev/pts/\(number)"
        device = unsafe open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard device >= 0 else { throw Failure("\(path): \(reason(errno))") }
    }

    /// Gives its window so many columns.
    func resize(columns: UInt16) {
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(descriptor, 0x5414, &size)
    }

    deinit {
        close(device)
        close(descriptor)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe write(descriptor, bytes, bytes.count)
    }

    /// Everything that was written to the terminal until now.
    var text: String {
        screen.withLock { screen in
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = unsafe read(descriptor, &buffer, buffer.count)
                guard count > 0 else { break }
                screen.append(contentsOf: buffer[..<count])
            }
            return String(decoding: screen, as: UTF8.self)
        }
    }

    /// The lines as a person sees them, those aside that are empty: `\r` goes back to the start of
    /// one, and `ESC [ K` wipes what is left of it.
    var lines: [String] {
        var rows: [[Unicode.Scalar]] = [[]]
        var column = 0
        let written = Array(text.replacing("\u{1b}[K", with: "\u{b}").unicodeScalars)
        for scalar in written {
            let row = rows.count - 1
            switch scalar {
            case "\r": column = 0
            case "\n":
                rows.append([])
                column = 0
            case "\u{b}": rows[row].removeSubrange(min(column, rows[row].count)...)
            default:
                rows[row].replaceSubrange(
                    column..<min(column + 1, rows[row].count), with: [scalar])
                column += 1
            }
        }
        return rows.filter { !$0.isEmpty }.map { line in
            String(String.UnicodeScalarView(line))
        }
    }

    func shows(_ words: String, within limit: Duration = .seconds(15)) async throws -> Bool {
        try await eventually(within: limit) { text.contains(words) }
    }
}
