import Glibc
import LinuxSystem
import Testing

@Suite struct AddressTextTests {
    /// What the C library makes of a text; `nil` where it is no address.
    private func parsed(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 { return [UInt8](bytes.prefix(4)) }
        return unsafe inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }

    /// How the C library writes an address.
    private func written(_ address: Address) -> String {
        var text = [CChar](repeating: 0, count: 64)
        let family = address.isIPv6 ? AF_INET6 : AF_INET
        let bytes = address.bytes
        _ = unsafe inet_ntop(family, bytes, &text, socklen_t(text.count))
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// An IPv6 address for each pattern of zero groups, the other groups of 1 to 4 digits.
    private func everyPatternOfZeros() -> [Address] {
        let groups: [UInt16] = [0xf, 0x10, 0xabc, 0x2001, 0xffff, 0x100, 0x1, 0xfe80]
        return (0..<256).map { pattern in
            let bytes = groups.enumerated().flatMap { index, group -> [UInt8] in
                let value = pattern >> index & 1 == 0 ? group : 0
                return [UInt8(value >> 8), UInt8(value & 0xff)]
            }
            return Address(isIPv6: true, bytes: bytes)
        }
    }

    @Test func `every pattern of zero groups is written as RFC 5952 wants and read back`() {
        for address in everyPatternOfZeros() {
            #expect(Address(address.description) == address)
            #expect(address.description == written(address))
        }
    }

    @Test func `every IPv4 byte is written in decimal and read back`() {
        for byte in UInt8.min ... .max {
            let address = Address(isIPv6: false, bytes: [byte, 255 - byte, 0, byte])
            #expect(address.description == written(address))
            #expect(Address(address.description) == address)
        }
    }

    @Test(
        arguments: [
            ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::A", "2001:db8::a"),
            ("2001:0db8:0000:0000:0000:0000:0000:0007", "2001:db8::7"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("::ffff:192.0.2.7", "::ffff:192.0.2.7"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ])
    func `an address in any spelling is written in its one spelling`(text: String, one: String) {
        #expect(Address(text)?.description == one)
    }

    @Test func `a scope is read and written as a number`() {
        let address = Address("fe80::7%3")
        #expect(address?.scope == 3)
        #expect(address?.description == "fe80::7%3")
        #expect(Address("fe80::7%4294967295")?.scope == .max)
        #expect(Address("fe80::7%0")?.description == "fe80::7")
    }

    @Test(
        arguments: [
            "fe80::7%", "fe80::7%eth0", "fe80::7%-1", "fe80::7%+3", "fe80::7%4294967296",
            "fe80::7%3%3", "192.0.2.7%3", "%3",
        ])
    func `a scope that is no number is refused`(text: String) {
        #expect(Address(text) == nil)
    }

    @Test(
        arguments: [
            "", " ", "localhost", "192.0.2", "192.0.2.", "192.0.2.7.1", ".192.0.2", "192.0.2.256",
            "192.0.2.-7", "192.0.2.+7", "192.0.2.0x7", " 192.0.2.7", "192.0.2.7 ", "192.0.2.1234",
            "1", "١.٢.٣.٤", ":", ":::", ":1", "1:", "::1:", ":1::", "1::2::3", "12345::", "::g",
            "::-1", "::+1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2:3:4:5:6:7:8",
            "1.2.3.4::", "::1.2.3", "::1.2.3.4.5", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4",
            "[::1]", "::1\u{0}", "::1/64",
        ])
    func `what is no address is refused`(text: String) {
        #expect(Address(text) == nil)
    }

    @Test(arguments: ["1:.", "0.7"])
    func `every short text is an address exactly when the C library says so`(alphabet: String) {
        var texts = [""]
        var wrong: [String] = []
        for _ in 0..<8 {
            texts = texts.flatMap { text in alphabet.map { text + String($0) } }
            wrong += texts.filter { Address($0)?.bytes != parsed($0) }
        }
        #expect(wrong == [])
    }

    @Test func `every piece of an address is an address exactly when the C library says so`() {
        let wholes = ["1:22:333:4444:5:6:7:8", "1:2:3:4:5:6:192.0.2.17", "::ffff:1.2.3.4", "1::8"]
        let pieces = wholes.flatMap { whole in
            whole.indices.flatMap { start in
                whole[start...].indices.map { String(whole[start...$0]) }
            }
        }
        let wrong = Set(pieces).filter { Address($0)?.bytes != parsed($0) }
        #expect(wrong == [])
    }
}
