import Glibc

/// Incompressible bytes without end, each page of which tells its own position.
///
/// So bytes that are lost, doubled, swapped or changed are noticed wherever that happens.
struct Noise {
    /// The page stamps aside, the bytes come again after this many.
    static let period = 1 << 20
    private static let page = 4096

    private var block: [UInt8]
    private var start = -1

    init() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        block = (0..<Self.period).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32)
        }
    }

    /// Lends the bytes from a position on, up to the end of the period it lies in.
    mutating func bytes<Result>(
        from position: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        stamp(from: position / Self.period * Self.period)
        return try unsafe block.withUnsafeBytes { bytes in
            try unsafe body(UnsafeRawBufferPointer(rebasing: bytes[(position % Self.period)...]))
        }
    }

    /// Whether these are the bytes that stand at a position.
    mutating func matches(_ found: UnsafeRawBufferPointer, at position: Int) -> Bool {
        var rest = unsafe found[...]
        var position = position
        while unsafe !rest.isEmpty {
            let count = unsafe bytes(from: position) { expected in
                let count = unsafe min(expected.count, rest.count)
                let piece = unsafe UnsafeRawBufferPointer(rebasing: rest.prefix(count))
                return unsafe memcmp(piece.baseAddress!, expected.baseAddress!, count) == 0
                    ? count : 0
            }
            guard count > 0 else { return false }
            unsafe rest = rest.dropFirst(count)
            position += count
        }
        return true
    }

    private mutating func stamp(from start: Int) {
        guard self.start != start else { return }
        self.start = start
        unsafe block.withUnsafeMutableBytes { bytes in
            for offset in stride(from: 0, to: Self.period, by: Self.page) {
                unsafe bytes.storeBytes(
                    of: UInt64(start + offset), toByteOffset: offset, as: UInt64.self)
            }
        }
    }
}
