/// A network: the addresses that begin alike.
package struct Subnet: Equatable, Sendable {
    /// Its first address.
    package let first: Address
    /// How many bits all its addresses share.
    package let length: Int

    /// The network of an address; a longer prefix than its family has counts as the whole address.
    package init(_ address: Address, length: Int) {
        let length = min(max(length, 0), address.bytes.count * 8)
        self.length = length
        let bytes = address.bytes.indices.map { index in
            address.bytes[index] & Subnet.mask(length - index * 8)
        }
        first = Address(isIPv6: address.isIPv6, bytes: bytes)
    }

    /// The mask of a byte of which so many bits belong to the network.
    private static func mask(_ bitCount: Int) -> UInt8 {
        bitCount >= 8 ? 0xff : bitCount <= 0 ? 0 : ~(0xff >> UInt8(bitCount))
    }

    package func contains(_ address: Address) -> Bool {
        address.isIPv6 == first.isIPv6 && Subnet(address, length: length) == self
    }
}

extension Subnet: CustomStringConvertible {
    package var description: String { "\(first)/\(length)" }

    /// Reads `192.0.2.0/24` or `2001:db8::/32`; the rest of the address may be anything.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, (1...3).contains(parts[1].count),
            parts[1].allSatisfy({ (0x30...0x39).contains($0) }),
            let address = Address(String(decoding: parts[0], as: UTF8.self)), address.scope == 0
        else { return nil }
        let length = parts[1].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard length <= address.bytes.count * 8 else { return nil }
        self.init(address, length: length)
    }
}
