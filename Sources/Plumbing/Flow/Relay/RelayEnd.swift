import LinuxSystem

/// The end of a relay that is not the connection: a command's, or our own standard input or output.
package struct RelayEnd: ~Copyable {
    /// `closed` once it was let go.
    package private(set) var descriptor: Descriptor
    package let kind: FileKind
    /// Whether a command of ours is on the other side, so that what it leaves unread can be seen.
    package let servesCommand: Bool
    /// Whether it passes whole blocks alone (`O_DIRECT`).
    let isDirect: Bool
    /// What a terminal may do to us.
    let jobControl: JobControl
    /// What a command has of it: the pipe, or the other socket.
    let file: Proc.OpenFile?
    /// Our standard input or output, whose flags and size belong to others as well.
    private let standard: Descriptor?
    private var owned: OwnedDescriptor?
    /// Keeps a command's pipe open as well, should we die before the stream has ended.
    package let keeper: Guard?
    /// The reading side of a command's pipe, when nobody is to write or read any more.
    private var witness: OwnedDescriptor?
    /// Where to ask what is in the command's pipe.
    private var asked: Descriptor

    /// - Parameter link: A command has the other side of it.
    init(_ link: consuming CommandLink, keptBy keeper: Guard? = nil) throws(Errno) {
        self.keeper = keeper
        file = link.file
        let ours = link.ours
        try ours.setNonblocking(true)
        descriptor = ours.borrowed
        kind = FileKind(of: descriptor) ?? .pipe
        asked = descriptor
        jobControl = .none
        isDirect = false
        servesCommand = true
        standard = nil
        owned = consume ours
    }

    /// - Parameters:
    ///   - standard: Standard input or output.
    ///   - jobControl: What a terminal may do to us.
    package init(standard: Descriptor, _ jobControl: JobControl = .none) {
        self.jobControl = jobControl
        // A terminal is opened again: a description of our own need not make us wait.
        owned =
            standard == .standardInput
            ? standard.unblockedTerminalForReading()
            : standard.unblockedTerminal()
        descriptor = owned?.borrowed ?? standard
        asked = descriptor
        isDirect = descriptor.isDirect
        kind = FileKind(of: descriptor) ?? .characterDevice
        // All that comes by it is for us, urgent bytes too.
        if standard == .standardInput, kind == .socket { try? TCP.keepUrgentDataInLine(standard) }
        servesCommand = false
        file = nil
        keeper = nil
        self.standard = standard
    }

    /// Whether nobody else sees the flags of its description.
    package var isOurs: Bool { owned != nil }

    /// What the command has not read yet.
    package var unreadByteCount: Int {
        servesCommand && kind == .pipe ? asked.queuedByteCount : 0
    }

    /// Reads what the command did not: only when nobody reads it any more.
    package mutating func drain(byteCount: Int) -> [UInt8] {
        do throws(Errno) {
            try openWitness()
            return try asked.read(byteCount: byteCount)
        } catch {
            return []
        }
    }

    /// Asks our own output for errors that would else come when nobody listens any more.
    package func settle() throws(Errno) {
        if !servesCommand, kind == .regular { try descriptor.settle() }
    }

    /// Ends the command's input; what it leaves unread can still be seen.
    ///
    /// - Throws: Where it could not; the input is then not ended.
    package mutating func closeWriting() throws(Errno) {
        try openWitness()
        letGo()
    }

    private mutating func openWitness() throws(Errno) {
        guard servesCommand, kind == .pipe, asked == descriptor else { return }
        let reader = try descriptor.reopenedForReading()
        asked = reader.borrowed
        witness = consume reader
    }

    /// The process on the other side sees that this end is gone.
    package mutating func letGo() {
        if owned != nil { keeper?.close(descriptor) }
        owned = nil
        if asked == descriptor { asked = .closed }
        // What /dev/null cannot replace stays open a little longer: until we end.
        if let standard { try? Descriptor.null(standard) }
        descriptor = .closed
    }
}
