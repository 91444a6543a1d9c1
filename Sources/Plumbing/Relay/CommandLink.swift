import LinuxSystem

/// What joins a relay to a command of ours, in the shape that is fastest.
struct CommandLink: ~Copyable {
    let ours: OwnedDescriptor
    let theirs: OwnedDescriptor

    private static let capacity = 1 << 20

    /// - Parameter feeding: Whether the command reads: from a pipe. One that writes gets a socket,
    ///   for a pipe would take and free each of its pages singly.
    init(feeding: Bool) throws(Errno) {
        if feeding {
            let pipe = try Pipe(capacity: CommandLink.capacity)
            ours = pipe.writer
            theirs = pipe.reader
        } else {
            let pair = try SocketPair(bufferSize: CommandLink.capacity)
            ours = pair.first
            theirs = pair.second
        }
    }
}
