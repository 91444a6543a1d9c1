/// Bytes of unknown origin as text that is safe on a terminal.
package enum Text {
    /// The bytes as text, with what a terminal would act on written as `\xNN`.
    ///
    /// - Parameter kept: Control characters that stay as they are.
    package static func escaped(
        _ bytes: some Sequence<UInt8>, keeping kept: String = ""
    ) -> String {
        let kept = kept.unicodeScalars
        var text = ""
        for scalar in String(decoding: [UInt8](bytes), as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case _ where kept.contains(scalar): text.unicodeScalars.append(scalar)
            case 0..<0x20, 0x7f..<0xa0, 0xfffd, 0x2028...0x202e, 0x2066...0x2069:
                let digits = String(scalar.value, radix: 16)
                text += digits.utf8.count < 2 ? "\\x0\(digits)" : "\\x\(digits)"
            default:
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The same in single quotes, cut where it gets long.
    package static func quoted(_ bytes: [UInt8]) -> String {
        bytes.count > 80 ? "'\(escaped(bytes.prefix(80)))…'" : "'\(escaped(bytes))'"
    }

    /// A number of bytes with its digits in groups of three.
    package static func grouped(_ number: Int64) -> String {
        var groups = ""
        for (index, digit) in "\(number)".utf8.reversed().enumerated() {
            if index > 0, index % 3 == 0, digit != UInt8(ascii: "-") { groups += "," }
            groups.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return String(decoding: [UInt8](groups.utf8).reversed(), as: UTF8.self)
    }

    /// A length of time in seconds with three decimals.
    package static func seconds(milliseconds: Int64) -> String {
        let fraction = "\(1000 + milliseconds % 1000)".utf8.dropFirst()
        return "\(milliseconds / 1000).\(String(decoding: [UInt8](fraction), as: UTF8.self))"
    }
}
