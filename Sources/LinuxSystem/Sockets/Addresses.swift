import CLinux

/// The addresses of a name.
package enum Addresses {
    /// The addresses of a host name or numeric address; `nil` if it has none.
    ///
    /// It asks `getent(1)` for names: that may load the modules that `/etc/nsswitch.conf` names,
    /// which would crash a static program. Without `getent`, it asks `/etc/hosts` and the name
    /// servers (`getaddrinfo(3)`). Either may take long.
    package static func of(host: String, _ environment: Environment) -> [Address]? {
        if let address = resolve(host, onlyNumbers: true) { return address }
        return asked(host, environment) ?? (isOurs(host) ? [.loopbackIPv4, .loopbackIPv6] : nil)
    }

    /// Whether it is a name of this host (RFC 6761): a fresh system may lack `/etc/hosts`.
    private static func isOurs(_ host: String) -> Bool {
        host == "localhost" || host.hasSuffix(".localhost")
    }

    private static func asked(_ host: String, _ environment: Environment) -> [Address]? {
        let question = ["getent", "ahosts", host].map { Word($0) }
        guard !host.hasPrefix("-"),
            let answer = Program.answer(to: question, environment), answer.status.knowsNames
        else { return resolve(host, onlyNumbers: false) }
        let lines = answer.output.split(separator: UInt8(ascii: "\n"))
        let found = lines.compactMap { $0.split(separator: UInt8(ascii: " ")).first }
            .flatMap { resolve(String(decoding: $0, as: UTF8.self), onlyNumbers: true) ?? [] }
        return found.isEmpty ? nil : found
    }

    /// The corresponding C function is `getaddrinfo`.
    private static func resolve(_ host: String, onlyNumbers: Bool) -> [Address]? {
        unsafe collect { buffer, count in
            unsafe Path(host).withCString {
                unsafe linux_resolve($0, onlyNumbers ? 1 : 0, buffer, count)
            }
        }
    }

    private static func collect(
        _ list: (UnsafeMutablePointer<linux_endpoint>?, CInt) -> CInt
    ) -> [Address]? {
        var found = [linux_endpoint](repeating: linux_endpoint(), count: 256)
        let count = unsafe found.withUnsafeMutableBufferPointer {
            unsafe list($0.baseAddress, CInt($0.count))
        }
        guard count >= 0 else { return nil }
        return found.prefix(Int(count)).map { Endpoint($0).address }
    }
}

extension ExitStatus {
    /// Whether `getent` found the name, or that there is no such name: with any other status it
    /// does not answer such questions.
    fileprivate var knowsNames: Bool { self == .exited(0) || self == .exited(2) }
}
