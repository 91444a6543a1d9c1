/// The words of a command, as bytes.
///
/// A string literal is split at its spaces; an array literal is taken word by word.
struct Words: ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, Sendable {
    var bytes: [[UInt8]]

    init(bytes: [[UInt8]]) { self.bytes = bytes }

    init(_ words: [String]) { bytes = words.map { Array($0.utf8) } }

    init(stringLiteral value: String) {
        self.init(value.split(separator: " ").map(String.init))
    }

    init(arrayLiteral elements: String...) { self.init(elements) }

    /// A script for `sh`, with its arguments from `$1` on.
    static func sh(_ script: String, _ arguments: String...) -> Words {
        Words(["sh", "-c", script, "sh"] + arguments)
    }

    /// A script for `bash`, with its arguments from `$1` on.
    static func bash(_ script: String, _ arguments: String...) -> Words {
        Words(["bash", "-c", script, "bash"] + arguments)
    }

    static func + (left: Words, right: Words) -> Words {
        Words(bytes: left.bytes + right.bytes)
    }

    /// The words as one block of the command line, a literal brace written as `\{` or `\}`.
    var braced: Words {
        let brace: Set<[UInt8]> = [Array("{".utf8), Array("}".utf8)]
        let escaped = bytes.map { word in
            // A backslash is only an escape before a brace; one more protects what looks like one.
            let stem = word.drop { $0 == UInt8(ascii: "\\") }
            return brace.contains(Array(stem)) ? [UInt8(ascii: "\\")] + word : word
        }
        return ["{"] + Words(bytes: escaped) + ["}"]
    }

    /// What stands behind `-i` or `-o`: a lone `-` is our own standard input or output.
    var local: Words { text == "-" ? self : braced }

    var text: String {
        bytes.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }
}
