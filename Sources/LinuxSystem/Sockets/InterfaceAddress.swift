import CLinux

/// An address of this host, and the interface that has it.
package struct InterfaceAddress: Equatable, Sendable {
    package let address: Address
    /// The network that the interface reaches without a router.
    package let subnet: Subnet
    package let interface: String

    package init(_ address: Address, prefix: Int, interface: String) {
        self.address = address
        subnet = Subnet(address, length: prefix)
        self.interface = interface
    }

    private init(_ raw: linux_interface_address) {
        var raw = raw
        let name = unsafe withUnsafeBytes(of: &raw.name) { unsafe [UInt8]($0) }
        self.init(
            Endpoint(raw.endpoint).address, prefix: Int(raw.prefix),
            interface: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
    }

    /// The addresses of every interface that is up.
    ///
    /// The corresponding C function is `getifaddrs`; if netlink is forbidden, `SIOCGIFCONF` reports
    /// those of IPv4.
    package static func ofThisHost() -> [InterfaceAddress] {
        var found = [linux_interface_address](repeating: linux_interface_address(), count: 256)
        let count = unsafe found.withUnsafeMutableBufferPointer {
            unsafe linux_interface_addresses($0.baseAddress, CInt($0.count))
        }
        return found.prefix(max(0, Int(count))).map { InterfaceAddress($0) }
    }
}
