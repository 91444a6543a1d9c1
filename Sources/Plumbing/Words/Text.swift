import LinuxSystem

/// Bytes of unknown origin as text that is safe on a terminal.
package enum Text {
    /// The bytes as text, with terminal control characters as `\xNN`.
    ///
    /// - Parameter kept: Control characters to keep.
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

    /// The same in single quotes, cut after 80 bytes.
    package static func quoted(_ bytes: [UInt8]) -> String {
        bytes.count > 80 ? "'\(escaped(bytes.prefix(80)))…'" : "'\(escaped(bytes))'"
    }

    package static func quoted(_ text: String) -> String { quoted([UInt8](text.utf8)) }

    /// A word as a shell could read it, without terminal control characters.
    package static func forShell(_ word: [UInt8]) -> String {
        let plain = [UInt8]("%+,-./:=@_".utf8)
        let isPlain = word.allSatisfy { byte in
            plain.contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        }
        if isPlain, !word.isEmpty { return escaped(word) }
        let quote = UInt8(ascii: "'")
        let parts = word.split(separator: quote, omittingEmptySubsequences: false)
        return "'" + parts.map { escaped($0) }.joined(separator: "'\\''") + "'"
    }

    /// A number with its digits in groups of three.
    package static func grouped(_ number: Int64) -> String {
        var groups = ""
        for (index, digit) in "\(number)".utf8.reversed().enumerated() {
            if index > 0, index % 3 == 0, digit != UInt8(ascii: "-") { groups += "," }
            groups.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return String(decoding: [UInt8](groups.utf8).reversed(), as: UTF8.self)
    }

    /// A number with its noun: "1 byte", "2,048 bytes".
    package static func counted(_ number: Int64, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// A number of bytes in three to four digits, in powers of 1000: "950 B", "1.25 GB".
    package static func size(_ number: Int64) -> String {
        let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
        guard number >= 1000 else { return "\(number) B" }
        var whole = number
        var unit = -1
        var hundredths: Int64 = 0
        while whole >= 1000, unit < units.count - 1 {
            hundredths = whole % 1000 / 10
            whole /= 1000
            unit += 1
        }
        let decimals =
            whole >= 100 ? "" : whole >= 10 ? ".\(hundredths / 10)" : "." + twoDigits(hundredths)
        return "\(whole)\(decimals) \(units[unit])"
    }

    /// A length of time as hours, minutes and seconds: "0:02:35".
    package static func duration(_ span: Instant.Span) -> String {
        let seconds = span.seconds
        return "\(seconds / 3600):\(twoDigits(seconds / 60 % 60)):\(twoDigits(seconds % 60))"
    }

    private static func twoDigits(_ number: Int64) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// A length of time in seconds with one decimal.
    package static func tenths(_ span: Instant.Span) -> String {
        let tenths = span.milliseconds / 100
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// A length of time in seconds with three decimals.
    package static func seconds(milliseconds: Int64) -> String {
        let fraction = "\(1000 + milliseconds % 1000)".utf8.dropFirst()
        return "\(milliseconds / 1000).\(String(decoding: [UInt8](fraction), as: UTF8.self))"
    }
}
