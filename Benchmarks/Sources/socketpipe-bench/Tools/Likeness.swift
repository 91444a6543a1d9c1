import Glibc

/// What a sink compares with what comes.
struct Likeness {
    private var noise: Noise?
    private var file: Int32 = -1

    /// - Parameter mode: `noise`, the path of a file, or `count`, which compares nothing.
    init?(mode: String) throws {
        switch mode {
        case "count": return nil
        case "noise": noise = Noise()
        default:
            file = unsafe open(mode, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw Failure(mode, errno: errno) }
        }
    }

    /// Whether these are the bytes that stand at a position.
    mutating func matches(_ found: UnsafeRawBufferPointer, at position: Int) -> Bool {
        unsafe noise?.matches(found, at: position) ?? isInFile(found, at: position)
    }

    private func isInFile(_ found: UnsafeRawBufferPointer, at position: Int) -> Bool {
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: found.count, alignment: 4096)
        defer { unsafe space.deallocate() }
        let count = unsafe pread(file, space.baseAddress, space.count, position)
        return unsafe count == found.count
            && memcmp(space.baseAddress!, found.baseAddress!, count) == 0
    }
}
