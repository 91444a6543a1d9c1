import Glibc

/// The words of a command, as bytes.
///
/// A string literal is split at its spaces; an array literal is taken word by word.
package struct Words: ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, Sendable {
    package var bytes: [[UInt8]]

    package init(bytes: [[UInt8]]) { self.bytes = bytes }

    package init(_ words: [String]) { bytes = words.map { Array($0.utf8) } }

    package init(stringLiteral value: String) {
        self.init(value.split(separator: " ").map(String.init))
    }

    package init(arrayLiteral elements: String...) { self.init(elements) }

    /// A script for `sh`, with its arguments from `$1` on.
    package static func sh(_ script: String, _ arguments: String...) -> Words {
        Words(["sh", "-c", script, "sh"] + arguments)
    }

    /// A script for `bash`, with its arguments from `$1` on.
    package static func bash(_ script: String, _ arguments: String...) -> Words {
        Words(["bash", "-c", script, "bash"] + arguments)
    }

    package static func + (left: Words, right: Words) -> Words {
        Words(bytes: left.bytes + right.bytes)
    }

    /// The words as one block of the command line, a literal brace written as `\{` or `\}`.
    package var braced: Words {
        let brace: Set<[UInt8]> = [Array("{".utf8), Array("}".utf8)]
        let escaped = bytes.map { word in
            // A backslash is only an escape before a brace; one more protects what looks like one.
            let stem = word.drop { $0 == UInt8(ascii: "\\") }
            return brace.contains(Array(stem)) ? [UInt8(ascii: "\\")] + word : word
        }
        return ["{"] + Words(bytes: escaped) + ["}"]
    }

    /// What stands behind `-i` or `-o`: a lone `-` is our own standard input or output.
    package var local: Words { text == "-" ? self : braced }

    package var strings: [String] { bytes.map { String(decoding: $0, as: UTF8.self) } }

    package var text: String { strings.joined(separator: " ") }
}

extension Words {
    /// Lends the words as a C argument vector.
    func withArguments<Result>(
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> Result
    ) rethrows -> Result {
        var vector: [UnsafeMutablePointer<CChar>?] = unsafe bytes.map { word in
            unsafe (word + [0]).withUnsafeBufferPointer { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe strdup($0.baseAddress!) }
            }
        }
        unsafe vector.append(nil)
        defer { for index in unsafe vector.indices { unsafe free(vector[index]) } }
        return try unsafe body(&vector)
    }

    /// Puts the command in the place of this process; returns only by throwing.
    package func become() throws {
        unsafe withArguments { _ = unsafe execvp($0[0]!, $0) }
        throw Failure(text, errno: errno)
    }

    /// As a POSIX shell reads them back.
    package var quoted: String {
        strings.map {
            "'"
                + $0.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: #"'\''"#) + "'"
        }.joined(separator: " ")
    }
}
