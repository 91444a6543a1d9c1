/// Addresses and endpoints as people write them.
extension Address: CustomStringConvertible {
    package var description: String {
        guard isIPv6 else {
            return "\(bytes[0]).\(bytes[1]).\(bytes[2]).\(bytes[3])"
        }
        let groups = stride(from: 0, to: 16, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
        let zeros = Address.longestZeroRun(in: groups)
        var text = ""
        var index = 0
        while index < 8 {
            if index == zeros.lowerBound, zeros.count > 1 {
                text += "::"
                index = zeros.upperBound
                continue
            }
            if !text.isEmpty, text.utf8.last != UInt8(ascii: ":") { text += ":" }
            text += String(groups[index], radix: 16)
            index += 1
        }
        return scope == 0 ? text : "\(text)%\(scope)"
    }

    private static func longestZeroRun(in groups: [Int]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > best.count { best = start..<end }
            start = end + 1
        }
        return best
    }

    /// Reads `192.0.2.7`, `2001:db8::7`, `fe80::7%3`; a scope by name is left to the resolver.
    package init?(_ text: String) {
        let bytes = [UInt8](text.utf8)
        guard bytes.contains(UInt8(ascii: ":")) else {
            guard let four = Address.dottedQuad(bytes[...]) else { return nil }
            self.init(isIPv6: false, bytes: four)
            return
        }
        let parts = bytes.split(
            separator: UInt8(ascii: "%"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let sixteen = Address.colonGroups(parts[0]) else { return nil }
        var scope: UInt32 = 0
        if parts.count == 2 {
            guard let number = Digits.decimal(parts[1]), let index = UInt32(exactly: number) else {
                return nil
            }
            scope = index
        }
        self.init(isIPv6: true, bytes: sixteen, scope: scope)
    }

    private static func dottedQuad(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var four: [UInt8] = []
        for part in parts {
            guard part.count == 1 || part.first != UInt8(ascii: "0"),
                let number = Digits.decimal(part), let byte = UInt8(exactly: number)
            else { return nil }
            four.append(byte)
        }
        return four
    }

    private static func colonGroups(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var before: [UInt8] = []
        var after: [UInt8]?
        var parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        // "::" at either end leaves two empty parts there; one alone is a stray colon.
        if parts[0].isEmpty {
            guard parts.count >= 3, parts[1].isEmpty else { return nil }
            parts.removeFirst()
        }
        if parts.count >= 2, parts[parts.count - 1].isEmpty {
            guard parts.count == 2 || parts[parts.count - 2].isEmpty else { return nil }
            parts.removeLast()
        }
        guard parts.count > 1 || text.count > 1 else { return nil }
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                guard after == nil else { return nil }
                after = []
                continue
            }
            var group: [UInt8]
            if part.contains(UInt8(ascii: ".")) {
                guard index == parts.count - 1, let four = dottedQuad(part) else { return nil }
                group = four
            } else {
                guard part.count <= 4, let number = Digits.hexadecimal(part) else { return nil }
                group = [UInt8(number >> 8), UInt8(number & 0xff)]
            }
            if after == nil { before += group } else { after? += group }
        }
        let missing = 16 - before.count - (after?.count ?? 0)
        guard after == nil ? missing == 0 : missing >= 2 else { return nil }
        return before + [UInt8](repeating: 0, count: missing) + (after ?? [])
    }
}

extension Endpoint: CustomStringConvertible {
    package var description: String {
        address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    /// Reads `192.0.2.7:4711` or `[2001:db8::7]:4711`.
    package init?(_ text: String) {
        let bytes = [UInt8](text.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
            let number = Digits.decimal(bytes[(colon + 1)...]), let port = UInt16(exactly: number)
        else { return nil }
        var host = bytes[..<colon]
        let isBracketed = host.first == UInt8(ascii: "[") && host.last == UInt8(ascii: "]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard let address = Address(String(decoding: host, as: UTF8.self)),
            address.isIPv6 == isBracketed
        else { return nil }
        self.init(address, port: port)
    }
}

/// Numbers of digits alone: the standard library also takes a sign.
private enum Digits {
    static func decimal(_ text: ArraySlice<UInt8>) -> Int64? {
        guard (1...10).contains(text.count), text.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return text.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    static func hexadecimal(_ text: ArraySlice<UInt8>) -> UInt16? {
        guard text.first.map({ $0 != 0x2b && $0 != 0x2d }) == true else { return nil }
        return UInt16(String(decoding: text, as: UTF8.self), radix: 16)
    }
}
