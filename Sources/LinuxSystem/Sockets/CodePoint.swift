import CLinux

/// A differentiated services code point, from 0 to 63 (RFC 2474), which tells routers how to treat
/// a packet.
package struct CodePoint: Equatable, Sendable {
    package let number: UInt8

    package init?(_ number: some BinaryInteger) {
        guard (0...63).contains(number) else { return nil }
        self.number = UInt8(number)
    }

    /// The names of RFC 2474, 2597, 3246, 5865 and 8622.
    private static let names: [(String, UInt8)] =
        (0..<8).map { ("CS\($0)", UInt8($0 * 8)) }
        + (1...4).flatMap { group in
            (1...3).map { ("AF\(group)\($0)", UInt8(group * 8 + $0 * 2)) }
        } + [("DF", 0), ("LE", 1), ("VA", 44), ("EF", 46)]

    /// Reads a name, such as `LE`, in either case.
    package init?(name: String) {
        let upper = String(
            decoding: name.utf8.map { (97...122).contains($0) ? $0 - 32 : $0 }, as: UTF8.self)
        guard let (_, number) = CodePoint.names.first(where: { $0.0 == upper }) else { return nil }
        self.number = number
    }

    /// The name, or the number of one that has no name.
    package var name: String {
        CodePoint.names.first { $0.1 == number }?.0 ?? "\(number)"
    }

    /// Marks all packets of a socket.
    ///
    /// The corresponding C function is `setsockopt` with `IP_TOS` and, for a socket of IPv6, with
    /// `IPV6_TCLASS` as well: it may also send IPv4 packets.
    /// - Throws: The error of `setsockopt(2)`, or `invalid` if the kernel took another number.
    func set(on socket: Descriptor) throws(Errno) {
        _ = try check(linux_set_code_point(socket.number, CInt(number)))
        if CodePoint(of: socket) != self { throw .invalid }
    }

    /// The code point of a socket's packets; `nil` if the kernel does not say.
    package init?(of socket: Descriptor) {
        self.init(linux_code_point(socket.number))
    }
}
