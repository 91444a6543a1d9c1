import LinuxSystem

/// Reading the fields of a line, each with its bounds.
extension ControlLine {
    package func all(_ key: String) -> [[UInt8]] {
        fields.filter { $0.key == key }.map { $0.value }
    }

    package func optionalBytes(_ key: String) -> [UInt8]? {
        fields.first { $0.key == key }?.value
    }

    package func bytes(_ key: String) throws(ControlError) -> [UInt8] {
        guard let value = optionalBytes(key) else { throw .malformed(encoded) }
        return value
    }

    package func text(_ key: String) throws(ControlError) -> String {
        String(decoding: try bytes(key), as: UTF8.self)
    }

    /// A number of at most 19 digits that is not negative.
    package func integer(_ key: String) throws(ControlError) -> Int64 {
        guard let value = try optionalInteger(key) else { throw .malformed(encoded) }
        return value
    }

    package func optionalInteger(_ key: String) throws(ControlError) -> Int64? {
        guard let digits = optionalBytes(key) else { return nil }
        guard let value = ControlLine.number(digits[...]) else { throw .malformed(encoded) }
        return value
    }

    /// Two such numbers, `LOW-HIGH`.
    package func range(_ key: String) throws(ControlError) -> ClosedRange<Int64> {
        let bounds = try bytes(key)
            .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard bounds.count == 2, let low = ControlLine.number(bounds[0]),
            let high = ControlLine.number(bounds[1]), low <= high
        else { throw .malformed(encoded) }
        return low...high
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard (1...19).contains(digits.count),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self))
    }

    package func flag(_ key: String) -> Bool {
        optionalBytes(key) == [UInt8]("yes".utf8)
    }

    package func flow() throws(ControlError) -> Flow {
        guard let flow = Flow(rawValue: try text("flow")) else { throw .malformed(encoded) }
        return flow
    }

    package func endpoints(_ key: String) throws(ControlError) -> [Endpoint] {
        var found: [Endpoint] = []
        for value in all(key) {
            guard let endpoint = Endpoint(String(decoding: value, as: UTF8.self)) else {
                throw .malformed(encoded)
            }
            found.append(endpoint)
        }
        return found
    }
}
