import LinuxSystem

/// What a command will do that its user hardly wants, told before it is done.
package enum CommandWarning: Equatable, Sendable {
    /// A `dd` that takes what one read gives for a record of a device.
    case shortRecords(size: [UInt8])
    /// A `dd` that takes what one read gives for one of the blocks that it counts.
    case countedReads(operand: [UInt8])
    /// A `dd` that would make a file where a tape drive should be.
    case noDrive(path: [UInt8])
    /// A tape that is our standard output.
    case oddRecords

    /// What the words of a command that reads a flow show by themselves.
    package static func ofWords(_ words: [Word]) -> CommandWarning? {
        DD(words)?.countedReads.map { .countedReads(operand: $0) }
    }

    /// What only the host knows that the command runs on.
    ///
    /// - Parameters:
    ///   - record: The size of the records that the command is given; `nil` where it is given none.
    ///   - isDevice: Whether a path leads to a character device there.
    package static func ofPlace(
        _ words: [Word], record: Int?, isDevice: (Path) -> Bool
    ) -> CommandWarning? {
        guard let dd = DD(words), let path = dd.target else { return nil }
        let size = dd.shortRecords(whenRecordsHave: record)
        guard size != nil || namesDrive(path) else { return nil }
        // There are no records in there, whatever their size.
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

    /// `/dev/st0`, `/dev/nst0`, `/dev/tape/by-id/…-nst` and their like.
    private static func namesDrive(_ path: [UInt8]) -> Bool {
        ["/dev/st", "/dev/nst", "/dev/tape/"].contains { path.starts(with: $0.utf8) }
    }
}
