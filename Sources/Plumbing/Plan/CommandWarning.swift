import LinuxSystem

/// Something that a command will do and its user hardly intends; a warning before it happens.
package enum CommandWarning: Equatable, Sendable {
    /// A `dd` that makes a device record of each read.
    case shortRecords(size: [UInt8])
    /// A `dd` that counts each read as a block.
    case countedReads(operand: [UInt8])
    /// A `dd` that would create a file in place of a tape drive.
    case noDrive(path: [UInt8])
    /// Our standard output is a tape.
    case oddRecords

    /// The warning that the words of a flow's reader give on their own.
    package static func ofWords(_ words: [Word]) -> CommandWarning? {
        DD(words)?.countedReads.map { .countedReads(operand: $0) }
    }

    /// The warning that takes a look at the command's host.
    ///
    /// - Parameters:
    ///   - record: The size of the records that the command gets; `nil` without records.
    ///   - isDevice: Whether a path leads to a character device there.
    package static func ofPlace(
        _ words: [Word], record: Int?, isDevice: (Path) -> Bool
    ) -> CommandWarning? {
        guard let dd = DD(words), let path = dd.target else { return nil }
        let size = dd.shortRecords(whenRecordsHave: record)
        guard size != nil || namesDrive(path) else { return nil }
        // `/dev/null` has no records.
        guard path != [UInt8]("/dev/null".utf8) else { return nil }
        guard isDevice(Path(path)) else { return namesDrive(path) ? .noDrive(path: path) : nil }
        return size.map { .shortRecords(size: $0) }
    }

    package var sentence: String {
        switch self {
        case .shortRecords(let size):
            "dd bs=\(Text.escaped(size)) writes whatever one read returns: records may be short"
        case .countedReads(let operand):
            "dd \(Text.escaped(operand)) counts reads, and a read from a socket may be short"
        case .noDrive(let path):
            "\(Text.escaped(path)) is not a character device: dd would create a file there"
        case .oddRecords:
            "standard output is a tape: its records will vary in length"
        }
    }

    package var hint: String {
        switch self {
        case .shortRecords(let size):
            "use --record \(Text.escaped(size)), or give dd iflag=fullblock"
        case .oddRecords: "use -o - and --record SIZE"
        case .countedReads: "give dd iflag=fullblock"
        case .noDrive:
            "is the tape drive attached, and its module (st) loaded? dd conv=nocreat would fail"
        }
    }

    /// Whether it is named like a drive: `/dev/st0`, `/dev/nst0`, `/dev/tape/by-id/…-nst`.
    private static func namesDrive(_ path: [UInt8]) -> Bool {
        ["/dev/st", "/dev/nst", "/dev/tape/"].contains { path.starts(with: $0.utf8) }
    }
}
