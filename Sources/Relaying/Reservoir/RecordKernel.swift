import LinuxSystem

/// How bytes are written to a reader.
package enum WriteManner {
    /// As many as there is room for.
    case some
    /// To a pipe that is known to have room for all of them.
    case whole
    /// To a file: until it has the bytes they stay where they are, and are to be written again; the
    /// memory is kept as long as the kernel may look there. Where there are records of a size, each
    /// is a write of its own.
    case patient(MemoryBlocks, record: Int?)
}

/// What a pump asks of the kernel that feeds a reader.
package protocol RecordKernel: RelayKernel {
    /// Writes by one call.
    ///
    /// - Returns: The number of bytes written.
    /// - Throws: `wouldBlock` until there is room, or the file has them.
    ///
    /// The corresponding C function is `write`, or io_uring's.
    mutating func write(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer, _ manner: WriteManner
    ) throws(Errno) -> Int
    /// The bytes that a pipe holds.
    mutating func queuedByteCount(_ pipe: Descriptor) -> Int
}

extension LinuxKernel: RecordKernel {
    package func write(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer, _ manner: WriteManner
    ) throws(Errno) -> Int {
        switch manner {
        case .some: return try unsafe write(target, bytes)
        case .whole: return try unsafe target.writeAtOnce(bytes)
        case .patient(let memory, let record):
            guard let fileWriter else {
                return try unsafe target.write(bytes.first(record: record))
            }
            return try unsafe fileWriter.write(target, bytes, of: memory, record: record)
        }
    }

    package func queuedByteCount(_ pipe: Descriptor) -> Int {
        pipe.queuedByteCount
    }
}
