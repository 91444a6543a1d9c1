import LinuxSystem
import Testing

@Suite struct SubnetTests {
    @Test(
        arguments: [
            ("10.9.8.7/8", "10.0.0.0/8"), ("192.0.2.255/24", "192.0.2.0/24"),
            ("192.0.2.255/25", "192.0.2.128/25"), ("192.0.2.7/32", "192.0.2.7/32"),
            ("192.0.2.7/0", "0.0.0.0/0"), ("2001:db8:1::7/33", "2001:db8::/33"),
            ("fe80::7/64", "fe80::/64"), ("::1/128", "::1/128"),
        ])
    func `a network begins with its first address`(text: String, wanted: String) throws {
        #expect(try #require(Subnet(text)).description == wanted)
    }

    @Test(
        arguments: [
            "", "/", "10.0.0.0", "10.0.0.0/", "/8", "10.0.0.0/33", "::/129", "10.0.0.0/-1",
            "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8", "10.0.0.0/0008", "fe80::1%2/64", "eth0/24",
        ])
    func `what is no address and a length is no network`(text: String) {
        #expect(Subnet(text) == nil)
    }

    @Test(
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
            ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.128", true),
            ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false),
            ("::/0", "10.0.0.1", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("fe80::/64", "fe80::7%3", true), ("2001:db8::/32", "2001:db9::1", false),
        ])
    func `an address is in a network of its own family that begins like it`(
        network: String, address: String, isIn: Bool
    ) throws {
        let (subnet, address) = (try #require(Subnet(network)), try #require(Address(address)))
        #expect(subnet.contains(address) == isIn)
    }
}
