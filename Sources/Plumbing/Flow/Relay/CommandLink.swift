import LinuxSystem
import Relaying

/// What joins a relay to a command of ours, in the shape that is fastest.
struct CommandLink: ~Copyable {
    let ours: OwnedDescriptor
    let theirs: OwnedDescriptor

    /// What the command gets, as `/proc/PID/fd` names it.
    var file: Proc.OpenFile {
        let inode = theirs.borrowed.inode
        return FileKind(of: theirs.borrowed) == .pipe ? .pipe(inode) : .socket(inode)
    }

    static let capacity = 1 << 20
    private static let window = 2 << 20

    /// - Parameters:
    ///   - feeding: Whether the command reads: from a pipe. One that writes gets a socket, for a
    ///     splice from a pipe would take and free each of its pages singly: over loopback where
    ///     that is up.
    ///   - copying: Whether a relay copies what the command writes. A pipe is then faster.
    ///   - record: The bytes that the pipe must be able to take at once.
    /// - Throws: `recordTooLong` where no pipe can.
    init(feeding: Bool, copying: Bool = false, inRecordsOf record: Int? = nil) throws(Errno) {
        if feeding || copying {
            let wanted = record.map { RecordRoom.capacity(for: $0) } ?? 0
            let pipe = try Pipe(capacity: max(CommandLink.capacity, wanted))
            guard RecordRoom.fits(record ?? 0, in: pipe.capacity) else { throw .recordTooLong }
            if feeding {
                ours = pipe.writer
                theirs = pipe.reader
            } else {
                ours = pipe.reader
                theirs = pipe.writer
            }
        } else {
            do throws(Errno) {
                let pair = try LoopbackPair(window: CommandLink.window)
                ours = pair.reader
                theirs = pair.writer
            } catch {
                let pair = try SocketPair(bufferSize: CommandLink.capacity)
                ours = pair.first
                theirs = pair.second
            }
        }
    }
}
