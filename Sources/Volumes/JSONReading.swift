import Plumbing

/// The volumes that a report tells of.
package struct ReportedVolumes: Equatable, Sendable {
    /// In the order in which they were written.
    package let volumes: [VolumeFacts]
    /// Which set they belong to, where they have labels.
    package let setID: String?
    /// Whether the report is of a set that was written to its end.
    package let isWhole: Bool

    /// - Returns: `nil` if the text is no report of volumes.
    package init?(_ text: [UInt8]) {
        var reader = JSONReader(text)
        guard case .object(let members) = reader.read(),
            case .list(let volumes) = members["volumes"]
        else { return nil }
        var facts: [VolumeFacts] = []
        for volume in volumes {
            guard case .object(let members) = volume, case .number(let number) = members["volume"],
                case .number(let bytes) = members["bytes"], number > 0, number < 1 << 31
            else { return nil }
            var fact = VolumeFacts(Int(number))
            fact.bytes = bytes
            if case .text(let hash) = members["blake2b"] {
                guard let hash = Hex.decode([UInt8](hash.utf8), byteCount: 32) else { return nil }
                fact.hash = hash
            }
            facts.append(fact)
        }
        let numbers = facts.map { $0.number }
        guard let first = numbers.first, numbers == [Int](first..<first + numbers.count) else {
            return nil
        }
        self.volumes = facts
        if case .text(let id) = members["set_id"] { setID = id } else { setID = nil }
        if case .number(0) = members["status"] { isWhole = true } else { isWhole = false }
    }
}

/// Reads JSON (RFC 8259), as far as our own reports go.
private struct JSONReader {
    enum Value {
        case object([String: Value])
        case list([Value])
        case text(String)
        case number(Int64)
        case other
    }

    private let bytes: [UInt8]
    private var place = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func read() -> Value? {
        switch next() {
        case UInt8(ascii: "{"): return nested { try? $0.object() }
        case UInt8(ascii: "["): return nested { try? $0.list() }
        case UInt8(ascii: "\""): return text().map { .text($0) }
        default: return word()
        }
    }

    private struct Malformed: Error {}

    private mutating func nested(_ body: (inout JSONReader) -> Value?) -> Value? {
        guard depth < 32 else { return nil }
        depth += 1
        defer { depth -= 1 }
        place += 1
        return body(&self)
    }

    private mutating func object() throws(Malformed) -> Value {
        var members: [String: Value] = [:]
        while !takes("}") {
            guard members.isEmpty || takes(","), next() == UInt8(ascii: "\""), let name = text(),
                takes(":"), let value = read()
            else { throw Malformed() }
            members[name] = value
        }
        return .object(members)
    }

    private mutating func list() throws(Malformed) -> Value {
        var values: [Value] = []
        while !takes("]") {
            guard values.isEmpty || takes(","), let value = read() else { throw Malformed() }
            values.append(value)
        }
        return .list(values)
    }

    /// The next byte that is no space; `nil` at the end.
    private mutating func next() -> UInt8? {
        while place < bytes.count, [9, 10, 13, 32].contains(bytes[place]) { place += 1 }
        return place < bytes.count ? bytes[place] : nil
    }

    private mutating func takes(_ sign: Unicode.Scalar) -> Bool {
        guard next() == UInt8(ascii: sign) else { return false }
        place += 1
        return true
    }

    /// What a backslash hides stays hidden: nothing that is looked for needs one.
    private mutating func text() -> String? {
        let start = place + 1
        place = start
        while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < bytes.count else { return nil }
        place += 1
        return String(decoding: bytes[start..<place - 1], as: UTF8.self)
    }

    private mutating func word() -> Value? {
        let ends = [UInt8](",]} \n\t\r".utf8)
        let word = bytes[place...].prefix { !ends.contains($0) }
        place += word.count
        if word.isEmpty { return nil }
        return Int64(String(decoding: word, as: UTF8.self)).map { .number($0) } ?? .other
    }
}
