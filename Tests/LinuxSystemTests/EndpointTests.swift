import LinuxSystem
import Testing

@Suite struct EndpointTests {
    private func address(_ text: String) throws -> Address { try #require(Address(text)) }

    @Test(
        arguments: [
            ("192.0.2.7:4711", "192.0.2.7", 4711), ("[2001:db8::7]:1", "2001:db8::7", 1),
            ("[fe80::7%3]:65535", "fe80::7%3", 65535), ("0.0.0.0:0", "0.0.0.0", 0),
            ("[::]:80", "::", 80),
        ] as [(String, String, UInt16)])
    func `an endpoint is an address and a port`(text: String, host: String, port: UInt16) throws {
        let endpoint = try #require(Endpoint(text))
        #expect(endpoint == Endpoint(try address(host), port: port))
        #expect(endpoint.description == text)
    }

    @Test func `ports from the first to the last are written and read back`() {
        let wrong = stride(from: UInt16.min, through: .max, by: 15).filter { port in
            let endpoint = Endpoint(.loopbackIPv4, port: port)
            return Endpoint(endpoint.description) != endpoint
        }
        #expect(wrong == [])
    }

    @Test(
        arguments: [
            "", ":", ":80", "192.0.2.7", "192.0.2.7:", "192.0.2.7:65536", "192.0.2.7:-1",
            "192.0.2.7:+80", "192.0.2.7: 80", "192.0.2.7:80 ", "192.0.2.7:0x50", "host:80", "[::1]",
            "[::1]:", "[::1]80", "[::1:80", "::1]:80", "[]:80", "[[::1]]:80", "[192.0.2.7]:80",
            "2001:db8::7:80",
        ])
    func `what is no endpoint is refused`(text: String) {
        #expect(Endpoint(text) == nil)
    }

    @Test(
        arguments: [
            ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("128.0.0.1", false),
            ("::2", false), ("::", false), ("1::1", false), ("::ffff:127.0.0.1", false),
        ])
    func `loopback is 127 and all of it, and one IPv6 address`(text: String, isIt: Bool) throws {
        #expect(try address(text).isLoopback == isIt)
    }

    @Test(
        arguments: [
            ("169.254.0.1", true), ("169.253.0.1", false), ("fe80::1", true), ("febf::1", true),
            ("fec0::1", false), ("fd00::1", false),
        ])
    func `link-local is known in both families`(text: String, isIt: Bool) throws {
        #expect(try address(text).isLinkLocal == isIt)
    }

    @Test(
        arguments: [
            ("0.0.0.0", true), ("::", true), ("224.0.0.1", true), ("255.255.255.255", true),
            ("ff02::1", true), ("223.255.255.255", false), ("fe80::1", false), ("10.0.0.1", false),
        ])
    func `multicast, broadcast and unspecified are nobody`(text: String, isIt: Bool) throws {
        #expect(try address(text).isNobody == isIt)
    }

    @Test func `an IPv4 address inside an IPv6 one is unmapped`() throws {
        #expect(try address("::ffff:192.0.2.7").unmapped == address("192.0.2.7"))
        for text in ["::fffe:192.0.2.7", "1::ffff:192.0.2.7", "192.0.2.7", "::1"] {
            #expect(try address(text).unmapped == address(text))
        }
    }

    @Test func `an address without its scope is the same host`() throws {
        #expect(try address("fe80::7%3") != address("fe80::7"))
        #expect(try address("fe80::7%3").withoutScope == address("fe80::7"))
    }
}

@Suite struct AddressesTests {
    @Test func `this host has its loopback address, and each of its addresses can be written`() {
        let own = InterfaceAddress.ofThisHost()
        #expect(own.contains(InterfaceAddress(.loopbackIPv4, prefix: 8, interface: "lo")))
        for place in own {
            #expect(Address(place.address.description) == place.address)
            #expect(place.subnet.contains(place.address))
            #expect((1...15).contains(place.interface.utf8.count))
        }
    }

    @Test(arguments: ["127.0.0.1", "::1", "192.0.2.7"])
    func `a numeric host needs no resolver`(text: String) throws {
        #expect(Addresses.of(host: text, .inherited()) == [try #require(Address(text))])
    }

    @Test func `localhost is this host`() throws {
        let found = try #require(Addresses.of(host: "localhost", .inherited()))
        #expect(found.contains { $0.isLoopback })
    }

    // Names too long for DNS, so that no name server is asked.
    @Test(arguments: [64, 300])
    func `a host that cannot be resolved has no addresses`(length: Int) {
        #expect(Addresses.of(host: String(repeating: "h", count: length), .inherited()) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("10.1.2.3", true), ("172.15.0.1", false), ("172.16.0.1", true),
        ("172.31.9.9", true), ("172.32.0.1", false), ("192.168.1.1", true), ("192.169.1.1", false),
        ("100.64.0.1", true), ("100.128.0.1", false), ("169.254.1.1", true), ("8.8.8.8", false),
        ("::1", true), ("fe80::1", true), ("fd09::1", true), ("fbff::1", false),
        ("2001:db8::1", false),
    ])
    func `a network of one's own is told from the public one`(
        address: String, isPrivate: Bool
    ) throws {
        #expect(try #require(Address(address)).isPrivate == isPrivate)
    }
}
