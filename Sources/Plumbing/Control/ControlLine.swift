/// One line of the control channel: a verb and fields, `VERB key=value …`, values percent-encoded.
package struct ControlLine: Equatable, Sendable {
    package struct Field: Equatable, Sendable {
        package let key: String
        package let value: [UInt8]
    }

    /// The longest line either end may send, in bytes.
    package static let maximumByteCount = 65536

    package let verb: String
    package private(set) var fields: [Field] = []

    package init(_ verb: String) {
        self.verb = verb
    }

    package func with(_ key: String, _ value: [UInt8]) -> ControlLine {
        var line = self
        line.fields.append(Field(key: key, value: value))
        return line
    }

    package func with(_ key: String, _ value: String) -> ControlLine {
        with(key, [UInt8](value.utf8))
    }

    package func with(_ key: String, _ value: some BinaryInteger) -> ControlLine {
        with(key, "\(value)")
    }

    package func with(_ key: String, _ value: (some BinaryInteger)?) -> ControlLine {
        guard let value else { return self }
        return with(key, value)
    }

    package func with(_ key: String, _ value: [UInt8]?) -> ControlLine {
        guard let value else { return self }
        return with(key, value)
    }

    package func with(_ key: String, _ value: Bool) -> ControlLine {
        with(key, value ? "yes" : "no")
    }

    /// The line as bytes, newline included.
    package var encoded: [UInt8] {
        var bytes = [UInt8](verb.utf8)
        for field in fields {
            bytes.append(UInt8(ascii: " "))
            bytes += field.key.utf8
            bytes.append(UInt8(ascii: "="))
            for byte in field.value {
                if ControlLine.isPlain(byte) {
                    bytes.append(byte)
                } else {
                    bytes += [UInt8(ascii: "%"), Hex.digit(byte >> 4), Hex.digit(byte & 15)]
                }
            }
        }
        return bytes + [UInt8(ascii: "\n")]
    }

    /// Reads a line without its newline.
    package init(parsing bytes: ArraySlice<UInt8>) throws(ControlError) {
        let words = bytes.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard let first = words.first, !first.isEmpty, first.allSatisfy(ControlLine.isKey) else {
            throw .malformed([UInt8](bytes))
        }
        verb = String(decoding: first, as: UTF8.self)
        for word in words.dropFirst() {
            guard let equals = word.firstIndex(of: UInt8(ascii: "=")), equals > word.startIndex,
                word[..<equals].allSatisfy(ControlLine.isKey),
                let value = ControlLine.decoded(word[(equals + 1)...])
            else { throw .malformed([UInt8](bytes)) }
            let key = String(decoding: word[..<equals], as: UTF8.self)
            fields.append(Field(key: key, value: value))
        }
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            if isPlain(byte) {
                bytes.append(byte)
                continue
            }
            guard byte == UInt8(ascii: "%"), let high = rest.popFirst(), let low = rest.popFirst(),
                let upper = Hex.value(high), let lower = Hex.value(low)
            else { return nil }
            bytes.append(upper << 4 | lower)
        }
        return bytes
    }

    private static func isKey(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: ":"),
            UInt8(ascii: "/"), UInt8(ascii: ","), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "+"), UInt8(ascii: "@"):
            true
        default:
            false
        }
    }
}
