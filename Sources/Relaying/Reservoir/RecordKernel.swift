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
    /// Reads at most as many bytes as the memory has.
    ///
    /// - Returns: The number of bytes read; 0 at the end of the stream.
    /// - Throws: `wouldBlock` when there is nothing to read yet.
    ///
    /// The corresponding C function is `read`.
    mutating func read(
        _ source: Descriptor, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int
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
    /// Makes a pipe that is open as long as the kernel is asked; its capacity is in bytes.
    ///
    /// - Returns: `nil` when there is none to be had that holds so much.
    mutating func makePipe(capacity: Int) -> (reader: Descriptor, writer: Descriptor)?
}

extension LinuxKernel: RecordKernel {
    package func read(
        _ source: Descriptor, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        guard let opener = carrier.opener else {
            return try unsafe source.readWithoutBlocking(into: memory)
        }
        return try unsafe opener.read(into: memory) { room throws(Errno) in
            try unsafe source.readWithoutBlocking(into: room)
        }
    }

    package func write(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer, _ manner: WriteManner
    ) throws(Errno) -> Int {
        switch manner {
        case .some:
            let count = try unsafe writeSome(target, bytes)
            if count == 0, unsafe !bytes.isEmpty { throw .wouldBlock }
            return count
        case .whole: return try unsafe target.writeAtOnce(bytes)
        case .patient(let memory, let record):
            guard let fileWriter else {
                return try unsafe target.write(bytes.first(record: record))
            }
            return try unsafe fileWriter.write(target, bytes, of: memory, record: record)
        }
    }

    private func writeSome(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        guard writesTerminal else {
            return try unsafe target.writeWithoutBlocking(bytes)
        }
        return try jobControl.writing { () throws(Errno) in
            try unsafe target.writeWithoutBlocking(bytes)
        }
    }

    package func queuedByteCount(_ pipe: Descriptor) -> Int {
        pipe.queuedByteCount
    }

    package mutating func makePipe(capacity: Int) -> (reader: Descriptor, writer: Descriptor)? {
        guard let pipe = try? Pipe(capacity: capacity), pipe.capacity == capacity else {
            return nil
        }
        return keep(pipe)
    }
}
