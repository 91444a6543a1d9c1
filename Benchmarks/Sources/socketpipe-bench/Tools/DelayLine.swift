import CBench
import Fixtures
import Glibc

/// A line between two network namespaces that holds each packet for a while:
/// `delay HERE THERE MILLISECONDS READY`, with the addresses 10.198.1.1 and 10.198.1.2.
///
/// Not every kernel has netem, which needs a module.
struct DelayLine {
    static let (here, there) = ("10.198.1.1", "10.198.1.2")

    private let networks: [String]
    private let milliseconds: Int
    /// The file that says that the line is up.
    private let ready: String

    init(_ arguments: [String]) throws {
        networks = [
            try arguments.argument(0, "network here"), try arguments.argument(1, "network there"),
        ]
        milliseconds = try arguments.number(2, "delay")
        ready = try arguments.argument(3, "file")
    }

    func run() throws {
        let ends = try zip(networks, [Self.here, Self.there]).map { network, address in
            try Site(network: network).around { try Self.makeEnd(address) }
        }
        try write("", to: ready)
        bench_run_delay_line(ends[0], ends[1], Int64(milliseconds) * 1_000_000)
        throw Failure("the delay line", errno: errno)
    }

    private static func makeEnd(_ address: String) throws -> Int32 {
        let end = unsafe bench_make_tunnel("line0")
        guard end >= 0 else { throw Failure("/dev/net/tun", errno: errno) }
        for words in [
            "ip addr add \(address)/24 dev line0", "ip link set line0 up txqueuelen 10000",
        ] {
            try Said.must(Words(words.split(separator: " ").map(String.init)))
        }
        return end
    }
}
