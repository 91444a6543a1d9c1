import LinuxSystem

/// Is shown every byte that comes from a source, in order: a running checksum.
package typealias Digest = (RawSpan) -> Void

/// What a pump asks of the kernel: calls that never wait, so that tests can script them.
package protocol RelayKernel {
    /// Moves at most `byteCount` bytes inside the kernel; one of the two is a pipe.
    ///
    /// - Returns: The number of bytes moved; 0 at the end of the stream, and before urgent data.
    /// - Throws: `wouldBlock` when either end has to wait, `invalid` where it cannot be done.
    ///
    /// The corresponding C function is `splice`.
    mutating func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int
    /// Moves at most `byteCount` bytes of a file from its own pages.
    ///
    /// - Returns: The number of bytes moved; 0 at the end of the file.
    /// - Throws: As `splice`.
    ///
    /// The corresponding C function is `sendfile`.
    mutating func sendFile(
        from file: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int
    /// Reads at most as many bytes as the block has.
    ///
    /// - Returns: The number of bytes read; 0 at the end of the stream.
    /// - Throws: `wouldBlock` when there is nothing to read yet.
    ///
    /// The corresponding C function is `read`.
    mutating func read(_ source: Descriptor, into block: inout [UInt8]) throws(Errno) -> Int
    /// Writes as many of the bytes as there is room for.
    ///
    /// - Returns: The number of bytes written: of any, at least one.
    /// - Throws: `wouldBlock` when there is no room.
    ///
    /// The corresponding C function is `write`.
    mutating func write(_ target: Descriptor, _ bytes: ArraySlice<UInt8>) throws(Errno) -> Int
    /// Reads at most as many bytes as the memory has.
    ///
    /// - Returns: The number of bytes read; 0 at the end of the stream.
    /// - Throws: `wouldBlock` when there is nothing to read yet.
    ///
    /// The corresponding C function is `read`.
    mutating func read(
        _ source: Descriptor, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int
    /// Writes as many of the bytes as there is room for.
    ///
    /// - Returns: The number of bytes written: of any, at least one.
    /// - Throws: `wouldBlock` when there is no room.
    ///
    /// The corresponding C function is `write`.
    mutating func write(_ target: Descriptor, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int
    /// Puts what is next in a pipe into another one as well.
    ///
    /// - Returns: The number of bytes that are in both now.
    /// - Throws: `wouldBlock` when the other pipe has no room.
    ///
    /// The corresponding C function is `tee`.
    mutating func tee(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int
    /// Takes at most so many bytes out of a pipe, for nobody.
    ///
    /// - Returns: The number of bytes that are gone.
    mutating func toss(_ pipe: Descriptor, byteCount: Int) throws(Errno) -> Int
    /// Makes a pipe that is open as long as the kernel is asked; its capacity is in bytes.
    ///
    /// - Returns: `nil` when there is none to be had that holds so much.
    mutating func makePipe(capacity: Int) -> (reader: Descriptor, writer: Descriptor)?
    /// Writes what ends a sealed stream, before the FIN.
    ///
    /// - Throws: `wouldBlock` when there is no room: then it is to be called again.
    mutating func writeEnd(_ target: Descriptor) throws(Errno)
    /// Whether there is anything to be read, the end of the stream included.
    mutating func isReadable(_ source: Descriptor) -> Bool
    /// Whether the next byte is urgent data: a splice does not take it, and says `wouldBlock`.
    mutating func isAtUrgentData(_ source: Descriptor) -> Bool
    /// Whether there is a byte after all when a splice found the end: it stops at urgent data.
    ///
    /// - Throws: `wouldBlock` when there is neither a byte nor the end.
    mutating func hasByte(_ source: Descriptor) throws(Errno) -> Bool
    /// Lets others run.
    ///
    /// - Returns: Whether any did.
    mutating func yield() -> Bool
}

/// The kernel itself.
package struct LinuxKernel: RelayKernel {
    private final class Kept {
        let pipe: Pipe

        init(_ pipe: consuming Pipe) { self.pipe = pipe }
    }

    /// Where bytes go that nobody wants.
    private final class Null {
        let file: OwnedDescriptor

        init(_ file: consuming OwnedDescriptor) { self.file = file }
    }

    private var pipes: [Kept] = []
    private var null: Null?
    let fileWriter: FileWriter?

    let jobControl: JobControl
    let writesTerminal: Bool
    var carrier: Carrier

    /// The kernel of a relay that feeds no file, at no terminal.
    package init() { self.init(writingBy: nil) }

    /// - Parameters:
    ///   - fileWriter: Writes to a file whose writes wait.
    ///   - jobControl: What stops us at a terminal.
    ///   - carrier: What stands between us and the connection.
    init(
        writingBy fileWriter: FileWriter?, _ jobControl: JobControl = .none,
        writesTerminal: Bool = false, carrier: Carrier = .plain
    ) {
        self.carrier = carrier
        self.fileWriter = fileWriter
        self.jobControl = jobControl
        self.writesTerminal = writesTerminal
    }

    /// Where the kernel tells that a write to a file has ended; `nil` while none is under way.
    package var writeUnderWay: Descriptor? {
        guard let fileWriter, fileWriter.isWriting else { return nil }
        return fileWriter.descriptor
    }

    /// Keeps the pipe open as long as it is there itself.
    mutating func keep(_ pipe: consuming Pipe) -> (reader: Descriptor, writer: Descriptor) {
        let ends = (pipe.reader.borrowed, pipe.writer.borrowed)
        pipes.append(Kept(pipe))
        return ends
    }

    package func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        try Splice.move(from: source, to: target, byteCount: byteCount)
    }

    package func sendFile(
        from file: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        try Splice.sendFile(from: file, to: target, byteCount: byteCount)
    }

    package func read(_ source: Descriptor, into block: inout [UInt8]) throws(Errno) -> Int {
        let result = unsafe block.withUnsafeMutableBytes { memory in
            Result { () throws(Errno) in try unsafe read(source, into: memory) }
        }
        return try result.get()
    }

    package func read(
        _ source: Descriptor, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        guard let opener = carrier.opener else {
            return try jobControl.reading(source) { () throws(Errno) in
                try unsafe source.readWithoutBlocking(into: memory)
            }
        }
        return try unsafe opener.read(into: memory) { room throws(Errno) in
            try unsafe source.readWithoutBlocking(into: room)
        }
    }

    package func write(_ target: Descriptor, _ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        let result = unsafe bytes.withUnsafeBytes { memory in
            Result { () throws(Errno) in try unsafe write(target, memory) }
        }
        return try result.get()
    }

    package func write(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        if let sealer = carrier.sealer {
            return try unsafe sealer.write(bytes, by: writer(target))
        }
        let count =
            writesTerminal
            ? try jobControl.writing { () throws(Errno) in
                try unsafe target.writeWithoutBlocking(bytes)
            } : try unsafe target.writeWithoutBlocking(bytes)
        if count == 0, unsafe !bytes.isEmpty { throw .wouldBlock }
        return count
    }

    package func tee(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        try Splice.tee(from: source, to: target, byteCount: byteCount)
    }

    package mutating func toss(_ pipe: Descriptor, byteCount: Int) throws(Errno) -> Int {
        if null == nil, let file = try? OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        {
            null = Null(file)
        }
        if let null {
            return try Splice.move(from: pipe, to: null.file.borrowed, byteCount: byteCount)
        }
        var block = [UInt8](repeating: 0, count: min(byteCount, Mover.usualBlockSize))
        return try pipe.readWithoutBlocking(into: &block)
    }

    package mutating func makePipe(capacity: Int) -> (reader: Descriptor, writer: Descriptor)? {
        guard let pipe = try? Pipe(capacity: capacity), pipe.capacity == capacity else {
            return nil
        }
        return keep(pipe)
    }

    /// Closes the pipes that it keeps.
    mutating func close() { pipes = [] }

    package func writeEnd(_ target: Descriptor) throws(Errno) {
        try unsafe carrier.sealer?.end(by: writer(target))
    }

    private func writer(_ target: Descriptor) -> Sealer.Write {
        { bytes throws(Errno) in
            let count = try unsafe target.writeWithoutBlocking(bytes)
            if count == 0 { throw .wouldBlock }
            return count
        }
    }

    package func isReadable(_ source: Descriptor) -> Bool {
        Readiness.now(of: source, .reading).isReady
    }

    package func isAtUrgentData(_ source: Descriptor) -> Bool { TCP.isAtUrgentData(source) }

    package func hasByte(_ source: Descriptor) throws(Errno) -> Bool { try TCP.hasByte(source) }

    package func yield() -> Bool { Process.yield() }
}
