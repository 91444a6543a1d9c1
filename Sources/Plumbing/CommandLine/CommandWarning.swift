import LinuxSystem

/// What a command will do that its user hardly wants, told before it is done.
package enum CommandWarning: Equatable, Sendable {
    /// A `dd` that takes what one read gives for a record.
    case shortRecords(size: [UInt8])
    /// A `dd` that would make a file where a tape drive should be.
    case noDrive(path: [UInt8])
    /// A tape that is our standard output.
    case oddRecords

    /// What the words show by themselves.
    ///
    /// - Parameters:
    ///   - words: A command that reads a flow.
    ///   - hasRecords: Whether it gets whole records.
    package static func ofWords(_ words: [Word], hasRecords: Bool) -> CommandWarning? {
        let operands = operandsOfDD(words)
        guard !hasRecords, let size = operands.value("bs"), operands.value("obs") == nil,
            !operands.hasFlag("iflag", "fullblock"),
            // There are no records in there, whatever their size.
            operands.value("of") != [UInt8]("/dev/null".utf8)
        else { return nil }
        return .shortRecords(size: size)
    }

    /// What only the host knows that the command runs on.
    ///
    /// - Parameter isDevice: Whether a path leads to a character device there.
    package static func ofPlace(
        _ words: [Word], isDevice: (Path) -> Bool
    ) -> CommandWarning? {
        guard let path = operandsOfDD(words).value("of"), namesDrive(path), !isDevice(Path(path))
        else {
            return nil
        }
        return .noDrive(path: path)
    }

    package var sentence: String {
        switch self {
        case .shortRecords(let size):
            "dd with bs=\(Text.escaped(size)) alone writes what one read gives it, in short records"
        case .noDrive(let path):
            "\(Text.escaped(path)) is no character device: dd makes a file there"
        case .oddRecords:
            "standard output is a tape: its records will be as long as what happens to come at once"
        }
    }

    package var hint: String {
        switch self {
        case .shortRecords(let size):
            "say --record \(Text.escaped(size)), or give dd iflag=fullblock"
        case .oddRecords: "say -o - and --record SIZE"
        case .noDrive: "is the tape drive there, and its module (st) loaded?"
        }
    }

    /// The operands of a `dd`; none of any other command.
    private static func operandsOfDD(_ words: [Word]) -> [[UInt8]] {
        let name = words.first?.bytes.split(separator: UInt8(ascii: "/")).last
        guard name.map({ $0.elementsEqual("dd".utf8) }) == true else { return [] }
        return words.dropFirst().map { $0.bytes }
    }

    /// `/dev/st0`, `/dev/nst0`, `/dev/tape/by-id/…-nst` and their like.
    private static func namesDrive(_ path: [UInt8]) -> Bool {
        ["/dev/st", "/dev/nst", "/dev/tape/"].contains { path.starts(with: $0.utf8) }
    }
}

extension [[UInt8]] {
    /// The value of the last `name=value`, as `dd` takes it.
    fileprivate func value(_ name: String) -> [UInt8]? {
        let start = [UInt8](name.utf8) + [UInt8(ascii: "=")]
        return last { $0.starts(with: start) }.map { [UInt8]($0.dropFirst(start.count)) }
    }

    fileprivate func hasFlag(_ name: String, _ flag: String) -> Bool {
        value(name)?.split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual(flag.utf8) }
            ?? false
    }
}
