import LinuxSystem
import Sealing

/// How the there-end introduces itself.
package struct Hello: Equatable, Sendable {
    /// The protocols it speaks.
    package var protocols: ClosedRange<Int64>
    package var programVersion: String
    package var kernel: String
    /// The addresses of `SSH_CONNECTION` there: ours as that host sees it, and its own.
    package var ssh: SSHConnection?
    package var addresses: [Address]
    /// Boot and network namespace: equal to ours only on the same network stack.
    package var networkIdentity: String
    package var capabilities = Capability.allCases
    /// What it can seal with fast, best first.
    package var ciphers = Cipher.available

    package init(
        protocols: ClosedRange<Int64>, programVersion: String, kernel: String,
        ssh: SSHConnection?, addresses: [Address], networkIdentity: String
    ) {
        self.protocols = protocols
        self.programVersion = programVersion
        self.kernel = kernel
        self.ssh = ssh
        self.addresses = addresses
        self.networkIdentity = networkIdentity
    }

    var line: ControlLine {
        var line = ControlLine("hello")
            .with("protocol", "\(protocols.lowerBound)-\(protocols.upperBound)")
            .with("program", programVersion).with("kernel", kernel)
            .with("network", networkIdentity)
            .with("can", capabilities.map { $0.rawValue }.joined(separator: ","))
            .with("seal", ciphers.map { $0.rawValue }.joined(separator: ","))
        if let ssh { line = line.with("ssh", ssh.text) }
        return addresses.reduce(line) { $0.with("address", $1.description) }
    }

    init(_ line: ControlLine) throws(ControlError) {
        protocols = try line.range("protocol")
        programVersion = try line.text("program")
        kernel = String(decoding: line.optionalBytes("kernel") ?? [], as: UTF8.self)
        ssh = line.optionalBytes("ssh").flatMap { SSHConnection($0) }
        networkIdentity = String(decoding: line.optionalBytes("network") ?? [], as: UTF8.self)
        capabilities = Hello.list(line.optionalBytes("can")).compactMap { Capability(rawValue: $0) }
        ciphers = Hello.list(line.optionalBytes("seal")).compactMap { Cipher(rawValue: $0) }
        addresses = line.all("address").prefix(64).compactMap {
            Address(String(decoding: $0, as: UTF8.self))
        }
    }

    private static func list(_ bytes: [UInt8]?) -> [String] {
        (bytes ?? []).split(separator: UInt8(ascii: ","))
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

/// The value of `SSH_CONNECTION`: the client's address and port, then the server's (`ssh(1)`).
package struct SSHConnection: Equatable, Sendable {
    package let text: String
    package let client: Address
    package let server: Address

    /// Reads the value; `nil` if it has another form.
    package init?(_ value: [UInt8]) {
        let words = value.split(separator: UInt8(ascii: " "))
        guard words.count == 4,
            let client = SSHConnection.address(words[0]),
            let server = SSHConnection.address(words[2])
        else { return nil }
        text = String(decoding: value, as: UTF8.self)
        self.client = client
        self.server = server
    }

    /// The address without its interface, whose name is valid only on that host.
    private static func address(_ word: ArraySlice<UInt8>) -> Address? {
        let plain = word.prefix { $0 != UInt8(ascii: "%") }
        return Address(String(decoding: plain, as: UTF8.self))?.unmapped
    }

    /// The connection of this process's login. If `sudo` dropped the variable, it looks in the
    /// environments of our parents.
    package static func inherited(_ environment: Environment) -> SSHConnection? {
        if let value = environment["SSH_CONNECTION"] { return SSHConnection(value) }
        var process = Process.parent
        for _ in 0..<16 where process > 1 {
            if let block = Proc.contents(of: "/proc/\(process)/environ", limit: 1 << 20) {
                let entries = block.split(separator: 0).map { [UInt8]($0) }
                if let value = Environment(entries: entries)["SSH_CONNECTION"] {
                    return SSHConnection(value)
                }
            }
            guard let parent = Proc.parent(of: process) else { return nil }
            process = parent
        }
        return nil
    }
}
