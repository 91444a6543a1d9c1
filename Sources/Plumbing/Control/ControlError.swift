/// An error in the messages of the control channel.
package enum ControlError: Error, Equatable, Sendable {
    case malformed([UInt8])
    case unexpected(verb: String)
    case lineTooLong
    case tooManyWords
    case tooMuchOutput
    case tooMuchCredit
    /// This many lines were sent but did not arrive.
    case linesLost(Int64)

    package var sentence: String {
        switch self {
        case .malformed(let line): "cannot parse the line \(ControlError.beginning(line))"
        case .unexpected(let verb): "unexpected message \(Text.quoted(verb))"
        case .lineTooLong: "a line of more than \(ControlLine.maximumByteCount) bytes"
        case .tooManyWords: "command words of more than 2 MiB in all"
        case .tooMuchCredit: "more credit than there is output under way"
        case .linesLost(let count):
            "\(count) \(count == 1 ? "line was" : "lines were") lost on the way"
        case .tooMuchOutput: "more output than the credit allows"
        }
    }

    package static let hint =
        "does the login command pass on every byte, unchanged?"

    /// The line's first letters and no more: a broken invitation still contains the secret.
    private static func beginning(_ line: [UInt8]) -> String {
        let letters = line.prefix(16).prefix {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        }
        return Text.quoted([UInt8](letters)) + " …"
    }
}
