import LinuxSystem
import Plumbing
import Sealing
import Testing

@Suite struct HelloTests {
    private func hello(protocols: String) throws -> Hello {
        let text = "hello protocol=\(protocols) program=2.0.0"
        let message = try ControlMessage(try ControlLine(parsing: [UInt8](text.utf8)[...]))
        guard case .hello(let hello) = message else { throw ControlError.malformed([]) }
        return hello
    }

    @Test(
        arguments: [("1-1", 1...1), ("1-99", 1...99), ("0-9223372036854775807", 0...Int64.max)])
    func `the protocols are a range`(text: String, range: ClosedRange<Int64>) throws {
        #expect(try hello(protocols: text).protocols == range)
    }

    @Test(
        arguments: [
            ("", []), (" can=", []), (" can=window", [.window]),
            (" can=dscp,later,window,,", [.dscp, .window]),
        ] as [(String, [Capability])])
    func `an end can do what it says; an older one says nothing`(
        field: String, capabilities: [Capability]
    ) throws {
        #expect(try hello(protocols: "1-2" + field).capabilities == capabilities)
    }

    @Test func `an end names the ciphers that it has, and may know others`() throws {
        let text = "1-2 seal=chacha20-poly1305,later,aes-128-gcm"
        #expect(try hello(protocols: text).ciphers == [.chacha20Poly1305, .aes128GCM])
        #expect(try hello(protocols: "1-2").ciphers.isEmpty)
    }

    @Test(
        arguments: [
            "", "-", "1", "1-", "-1", "1-2-3", "1--2", "-1-2", "2-1", "+1-2", "1-x", "1-2x",
            "0-9223372036854775808", "1-00000000000000000002",
        ])
    func `a field that is no range of two numbers is malformed`(text: String) {
        #expect(throws: ControlError.self) { try hello(protocols: text) }
    }
}

@Suite struct SSHConnectionTests {
    private func connection(_ text: String) -> SSHConnection? { SSHConnection([UInt8](text.utf8)) }

    @Test(
        arguments: [
            ("192.0.2.1 50000 192.0.2.2 22", "192.0.2.1", "192.0.2.2"),
            ("2001:db8::1 50000 2001:db8::2 22", "2001:db8::1", "2001:db8::2"),
            ("fe80::1%eth0 50000 fe80::2%2 22", "fe80::1", "fe80::2"),
            ("::ffff:192.0.2.1 50000 ::ffff:192.0.2.2 22", "192.0.2.1", "192.0.2.2"),
            ("127.0.0.1 1 ::1 2", "127.0.0.1", "::1"),
        ])
    func `the client's and the server's address are read, without interfaces`(
        text: String, client: String, server: String
    ) throws {
        let found = try #require(connection(text))
        #expect(found.client.description == client)
        #expect(found.server.description == server)
        #expect(found.text == text)
    }

    @Test(
        arguments: [
            "", " ", "192.0.2.1", "192.0.2.1 50000 192.0.2.2", "192.0.2.1 50000 192.0.2.2 22 x",
            "host 50000 192.0.2.2 22", "192.0.2.1 50000 host 22", "UNKNOWN 65535 UNKNOWN 65535",
            "192.0.2.1\t50000\t192.0.2.2\t22", "% 1 % 2",
        ])
    func `a value of another form is none`(text: String) {
        #expect(connection(text) == nil)
    }

    @Test func `the variable in the environment is taken, even if it makes no sense`() {
        let value = "192.0.2.1 50000 192.0.2.2 22"
        let some = Environment(entries: []).setting("SSH_CONNECTION", to: value)
        #expect(SSHConnection.inherited(some)?.text == value)
        // Somebody set it so on purpose: our parents' would be another login's.
        #expect(SSHConnection.inherited(some.setting("SSH_CONNECTION", to: "")) == nil)
    }
}

@Suite struct VersionTests {
    @Test(
        arguments: [
            (1...1, 1), (1...9, 2), (0...1, 1), (0...Int64.max, 2), (2...3, 2), (3...4, nil),
            (0...0, nil),
            (Int64.max...Int64.max, nil),
        ] as [(ClosedRange<Int64>, Int64?)])
    func `the newest protocol that both ends speak is used`(
        other: ClosedRange<Int64>, common: Int64?
    ) {
        #expect(Version.protocols == 1...2, "the arguments must follow it")
        #expect(Version.common(with: other) == common)
    }
}
