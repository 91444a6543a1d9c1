import CLinux

/// An IPv4 or IPv6 address; a scope names the interface of a link-local one.
package struct Address: Equatable, Sendable {
    package let isIPv6: Bool
    /// 4 or 16 bytes in network order.
    package let bytes: [UInt8]
    package var scope: UInt32

    /// - Parameters:
    ///   - bytes: 4 or 16 bytes in network order.
    ///   - scope: The index of the interface; 0 for none.
    package init(isIPv6: Bool, bytes: [UInt8], scope: UInt32 = 0) {
        self.isIPv6 = isIPv6
        self.bytes = bytes
        self.scope = scope
    }

    package static let anyIPv4 = Address(isIPv6: false, bytes: [0, 0, 0, 0])
    package static let loopbackIPv4 = Address(isIPv6: false, bytes: [127, 0, 0, 1])
    package static let anyIPv6 = Address(isIPv6: true, bytes: [UInt8](repeating: 0, count: 16))
    package static let loopbackIPv6 = Address(
        isIPv6: true, bytes: [UInt8](repeating: 0, count: 15) + [1])

    package var isLoopback: Bool {
        isIPv6 ? bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1 : bytes[0] == 127
    }

    package var isLinkLocal: Bool {
        isIPv6
            ? bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80 : bytes[0] == 169 && bytes[1] == 254
    }

    /// Whether other networks cannot reach it: loopback, link-local, or private (RFC 1918, RFC
    /// 4193, and the shared space of RFC 6598).
    package var isPrivate: Bool {
        if isLoopback || isLinkLocal { return true }
        if isIPv6 { return bytes[0] & 0xfe == 0xfc }
        return switch (bytes[0], bytes[1]) {
        case (10, _), (192, 168), (172, 16...31), (100, 64...127): true
        default: false
        }
    }

    /// Whether it is multicast, broadcast or unspecified: there is no host to connect to.
    package var isNobody: Bool {
        if bytes.allSatisfy({ $0 == 0 }) { return true }
        return isIPv6 ? bytes[0] == 0xff : bytes[0] >= 224
    }

    /// The same address without its scope.
    package var withoutScope: Address { Address(isIPv6: isIPv6, bytes: bytes) }

    /// An IPv4 address inside an IPv6 one (`::ffff:a.b.c.d`, RFC 4291) as itself.
    package var unmapped: Address {
        let prefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
        guard isIPv6, bytes.starts(with: prefix) else { return self }
        return Address(isIPv6: false, bytes: [UInt8](bytes[12...]))
    }
}

/// An address and a port.
package struct Endpoint: Equatable, Sendable {
    package var address: Address
    package var port: UInt16

    /// - Parameter port: In host order.
    package init(_ address: Address, port: UInt16) {
        self.address = address
        self.port = port
    }

    init(_ raw: linux_endpoint) {
        var raw = raw
        let all = unsafe withUnsafeBytes(of: &raw.address) { unsafe [UInt8]($0) }
        let isIPv6 = raw.is_ipv6 != 0
        address = Address(
            isIPv6: isIPv6, bytes: isIPv6 ? all : [UInt8](all.prefix(4)), scope: raw.scope)
        port = raw.port
    }

    var raw: linux_endpoint {
        var raw = linux_endpoint()
        raw.is_ipv6 = address.isIPv6 ? 1 : 0
        raw.scope = address.scope
        raw.port = port
        unsafe withUnsafeMutableBytes(of: &raw.address) { unsafe $0.copyBytes(from: address.bytes) }
        return raw
    }
}
