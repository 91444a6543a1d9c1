import LinuxSystem

/// Writes to a file that waits, by io_uring, while its owner goes on with other things.
final class FileWriter {
    private static let tag: UInt64 = 1

    private let ring: Ring
    private var isWriting = false

    /// - Throws: Where io_uring cannot be used; `notImplemented` where it cannot write.
    init() throws(Errno) {
        ring = try Ring(entries: 1, blockCount: 0, blockSize: 0)
        guard ring.supports(.write) else { throw .notImplemented }
    }

    /// Readable when what is under way has ended; `nil` where the kernel was short of memory and
    /// is to be asked again.
    var number: CInt? { ring.unsubmittedCount == 0 ? ring.number : nil }

    /// Begins to write the bytes, or tells how it ended; until then they stay where they are.
    ///
    /// - Returns: How many of them were written.
    /// - Throws: `wouldBlock` while it is under way: to be asked again with the same bytes.
    func write(_ target: CInt, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        if !isWriting { isWriting = unsafe ring.write(to: target, bytes, tag: FileWriter.tag) }
        try ring.submit()
        guard let completion = ring.nextCompletion() else { throw .wouldBlock }
        isWriting = false
        switch completion.result {
        case .success(let count): return count
        case .failure(.interrupted): return try unsafe write(target, bytes)
        case .failure(let error): throw error
        }
    }
}
