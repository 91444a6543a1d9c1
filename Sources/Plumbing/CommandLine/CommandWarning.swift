import LinuxSystem

/// What a command of the user's will do that he hardly wants, told before it is done.
package enum CommandWarning: Equatable, Sendable {
    /// A `dd` that takes what one read gives for a record.
    case shortRecords(size: String)
    /// A `dd` that would make a file where a tape drive should be.
    case noDrive(path: String)

    /// What the words show by themselves.
    ///
    /// - Parameters:
    ///   - words: A command that reads a flow.
    ///   - hasRecords: Whether it gets whole records.
    package static func ofWords(_ words: [Word], hasRecords: Bool) -> CommandWarning? {
        let operands = operandsOfDD(words)
        guard !hasRecords, let size = operands.value("bs"), operands.value("obs") == nil,
            !operands.hasFlag("iflag", "fullblock")
        else { return nil }
        return .shortRecords(size: size)
    }

    /// What only the host knows that the command runs on.
    ///
    /// - Parameter isDevice: Whether a path leads to a character device there.
    package static func ofPlace(
        _ words: [Word], isDevice: (String) -> Bool
    ) -> CommandWarning? {
        guard let path = operandsOfDD(words).value("of"), namesDrive(path), !isDevice(path) else {
            return nil
        }
        return .noDrive(path: path)
    }

    package var sentence: String {
        switch self {
        case .shortRecords(let size):
            "dd with bs=\(Text.escaped(size.utf8)) alone writes what one read gives it, in short records"
        case .noDrive(let path):
            "\(Text.escaped(path.utf8)) is no character device: dd makes a file there"
        }
    }

    package var hint: String {
        switch self {
        case .shortRecords(let size):
            "say --record \(Text.escaped(size.utf8)), or give dd iflag=fullblock"
        case .noDrive: "is the tape drive there, and its module (st) loaded?"
        }
    }

    private static func operandsOfDD(_ words: [Word]) -> [String] {
        let texts = words.map { String(decoding: $0.bytes, as: UTF8.self) }
        guard let name = texts.first?.utf8.split(separator: UInt8(ascii: "/")).last,
            String(name) == "dd"
        else { return [] }
        return [String](texts.dropFirst())
    }

    /// `/dev/st0`, `/dev/nst0`, `/dev/tape/by-id/…-nst` and their like.
    private static func namesDrive(_ path: String) -> Bool {
        guard path.hasPrefix("/dev/") else { return false }
        let rest = path.utf8.dropFirst(5)
        return rest.starts(with: "st".utf8) || rest.starts(with: "nst".utf8)
            || rest.starts(with: "tape/".utf8)
    }
}

extension [String] {
    /// The value of the last `name=value`, as `dd` takes it.
    fileprivate func value(_ name: String) -> String? {
        last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
    }

    fileprivate func hasFlag(_ name: String, _ flag: String) -> Bool {
        value(name)?.utf8.split(separator: UInt8(ascii: ",")).contains {
            String($0) == flag
        } ?? false
    }
}
