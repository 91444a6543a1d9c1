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
        var position = 0
        while position < byteCount {
            let wanted = min(block, byteCount - position)
            position += try unsafe noise.bytes(from: position) { bytes in
                let count = unsafe write(1, bytes.baseAddress, min(wanted, bytes.count))
                guard count >= 0 || errno == EINTR else {
                    throw Failure("standard output", errno: errno)
                }
                return max(0, count)
            }
        }
    }
}
