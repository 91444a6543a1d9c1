import Fixtures
import Glibc

/// Becomes a command whose standard input and output are one end of a TCP connection:
/// `bare listen|connect ADDRESS PORT COMMAND…`.
///
/// The ceiling for everything that moves bytes between two commands by TCP: the kernel's work
/// and theirs, and nothing else.
struct BareSocket {
    private let listens: Bool
    private let address: sockaddr_in
    private let words: [String]

    init(_ arguments: [String]) throws {
        listens = try arguments.argument(0, "side") == "listen"
        address = try Self.address(
            arguments.argument(1, "address"), UInt16(arguments.number(2, "port")))
        words = Array(arguments.dropFirst(3))
        _ = try words.argument(0, "command")
    }

    func run() throws {
        let connection = listens ? try accepted() : try connected()
        dup2(connection, 1)
        // The producer's standard input stays what it is, as with all others.
        if listens { dup2(connection, 0) }
        try Words(words).become()
    }

    private func accepted() throws -> Int32 {
        let listener = try socket()
        var yes: Int32 = 1
        unsafe setsockopt(
            listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        try check(unsafe withAddress { unsafe bind(listener, $0, $1) }, "bind")
        try check(listen(listener, 1), "listen")
        let connection = accept(listener, nil, nil)
        try check(connection, "accept")
        close(listener)
        return connection
    }

    private func connected() throws -> Int32 {
        let connection = try socket()
        try check(unsafe withAddress { unsafe connect(connection, $0, $1) }, "connect")
        return connection
    }

    private func socket() throws -> Int32 {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try check(descriptor, "socket")
        return descriptor
    }

    private func check(_ result: Int32, _ call: String) throws {
        guard result >= 0 else { throw Failure(call, errno: errno) }
    }

    private func withAddress(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func address(_ text: String, _ port: UInt16) throws -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, text, &address.sin_addr) == 1 else {
            throw Failure("'\(text)' is no IPv4 address")
        }
        return address
    }
}
