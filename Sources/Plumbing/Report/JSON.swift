/// A JSON value (RFC 8259).
package indirect enum JSON: Sendable {
    case text(String)
    case number(Int64)
    /// A number of thousandths.
    case fraction(Int64)
    case boolean(Bool)
    case null
    case list([JSON])
    case object([(String, JSON)])

    package static func optional(_ number: Int64?) -> JSON {
        number.map { .number($0) } ?? .null
    }

    package static func optional(_ text: String?) -> JSON {
        text.map { .text($0) } ?? .null
    }

    package var written: String {
        var output = ""
        write(to: &output, indent: "")
        return output + "\n"
    }

    /// The value in one line.
    package var line: String {
        var output = ""
        write(to: &output, indent: nil)
        return output + "\n"
    }

    /// - Parameter indent: What stands before a member's line; `nil` for all in one line.
    private func write(to output: inout String, indent: String?) {
        switch self {
        case .text(let text): output += JSON.quoted(text)
        case .number(let number): output += "\(number)"
        case .fraction(let thousandths): output += Text.seconds(milliseconds: thousandths)
        case .boolean(let value): output += value ? "true" : "false"
        case .null: output += "null"
        case .list(let values):
            JSON.write(values.map { ("", $0) }, "[", "]", &output, indent)
        case .object(let members):
            JSON.write(members.map { (JSON.quoted($0.0) + ": ", $0.1) }, "{", "}", &output, indent)
        }
    }

    private static func write(
        _ members: [(String, JSON)], _ open: String, _ close: String, _ output: inout String,
        _ indent: String?
    ) {
        let deeper = indent.map { $0 + "  " }
        output += open
        for (index, member) in members.enumerated() {
            output += (index == 0 ? "" : ",") + (deeper.map { "\n" + $0 } ?? "") + member.0
            member.1.write(to: &output, indent: deeper)
        }
        output += (members.isEmpty ? nil : indent).map { "\n" + $0 + close } ?? close
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    quoted += digits.utf8.count < 2 ? "\\u000\(digits)" : "\\u00\(digits)"
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }
}
