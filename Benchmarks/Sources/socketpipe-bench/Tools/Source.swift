import Glibc

/// Writes noise to its standard output: `source BYTES BLOCK`.
struct Source {
    private let byteCount: Int
    private let block: Int

    init(_ arguments: [String]) throws {
        byteCount = try arguments.number(0, "number of bytes")
        block = max(1, try arguments.number(1, "block size"))
    }

    func run() throws {
        var noise = Noise()
        try noise.write(byteCount, in: block, to: 1)
    }
}

extension Noise {
    /// Writes so many bytes of it from its beginning, at most a block at a time.
    mutating func write(_ byteCount: Int, in block: Int, to descriptor: Int32) throws {
        var position = 0
        while position < byteCount {
            let wanted = min(block, byteCount - position)
            position += try unsafe bytes(from: position) { bytes in
                let count = unsafe Glibc.write(
                    descriptor, bytes.baseAddress, min(wanted, bytes.count))
                guard count >= 0 || errno == EINTR else {
                    throw Failure("a descriptor for noise", errno: errno)
                }
                return max(0, count)
            }
        }
    }
}
