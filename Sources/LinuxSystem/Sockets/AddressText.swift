import CLinux

/// Addresses and endpoints as people write them.
extension Address: CustomStringConvertible {
    /// The corresponding C function is `inet_ntop`.
    package var description: String {
        var text = [CChar](repeating: 0, count: 64)
        _ = unsafe linux_write_address(bytes, isIPv6 ? 1 : 0, &text, CInt(text.count))
        let written = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: written, as: UTF8.self) + (scope == 0 ? "" : "%\(scope)")
    }

    /// Reads `192.0.2.7`, `2001:db8::7`, `fe80::7%3`; only the resolver knows a scope by name.
    ///
    /// The corresponding C function is `inet_pton`.
    package init?(_ text: String) {
        let bytes = [UInt8](text.utf8)
        let isIPv6 = bytes.contains(UInt8(ascii: ":"))
        let parts = bytes.split(
            separator: UInt8(ascii: "%"), maxSplits: 1, omittingEmptySubsequences: false)
        var scope: UInt32 = 0
        if parts.count == 2 {
            guard isIPv6, let number = Digits.decimal(parts[1]), let index = UInt32(exactly: number)
            else { return nil }
            scope = index
        }
        // The C library would stop at a null byte.
        guard let plain = parts.first, !plain.contains(0) else { return nil }
        var read = [UInt8](repeating: 0, count: 16)
        let found = unsafe Path(String(decoding: plain, as: UTF8.self)).withCString {
            unsafe linux_read_address($0, isIPv6 ? 1 : 0, &read)
        }
        guard found == 0 else { return nil }
        self.init(isIPv6: isIPv6, bytes: isIPv6 ? read : [UInt8](read.prefix(4)), scope: scope)
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

/// Numbers that consist of digits: the standard library also accepts a sign.
private enum Digits {
    static func decimal(_ text: ArraySlice<UInt8>) -> Int64? {
        guard (1...10).contains(text.count), text.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return text.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
}
