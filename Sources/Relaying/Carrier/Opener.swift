import LinuxSystem

/// Opens what comes out of a connection: it gives no byte of a record that was not proved.
package final class Opener {
    /// Reads by one call; 0 at the FIN. Throws `wouldBlock` if there is nothing yet.
    package typealias Read = (UnsafeMutableRawBufferPointer) throws(Errno) -> Int

    private let cipher: any RecordCipher
    private let memory: MemoryBlocks
    /// The content of the latest record that nobody has taken yet.
    private var content = 0..<0
    /// What came behind that record.
    private var sealed = 0..<0
    private var hasEnded = false
    /// What was opened when the connection was given up; nothing more is read then.
    private var absorbed: MemoryQueue?
    /// What is wrong with the stream: nothing behind it is opened.
    package private(set) var failure: Errno?
    /// What the opened records added to their contents, with the record that ends the stream.
    package private(set) var overhead: Int64 = 0

    /// - Throws: Where there is no memory.
    package init(_ cipher: any RecordCipher) throws(Errno) {
        self.cipher = cipher
        memory = MemoryBlocks(size: Carrier.recordsAtOnce * SealedRecord.limit)
        _ = try memory.add()
    }

    /// What came from the connection and nobody has taken, opened or not.
    package var heldByteCount: Int { (absorbed?.count ?? 0) + content.count + sealed.count }

    /// Whether the record is here that ends the stream.
    package var hasEnd: Bool { hasEnded }

    /// Reads at most as many bytes of the stream as the memory has.
    ///
    /// - Returns: The number of bytes; 0 behind the record that ends the stream, and the FIN.
    /// - Throws: `wouldBlock` when there is no whole record yet; `truncated` for a FIN before the
    ///   end of the stream; `forged` for what the other end did not send.
    package func read(
        into target: UnsafeMutableRawBufferPointer, by read: Read
    ) throws(Errno) -> Int {
        if absorbed != nil { return try unsafe takeAbsorbed(into: target) }
        var count = unsafe take(into: target)
        if count == 0, failure == nil {
            makeRoom()
            let received = try unsafe read(memory[0, sealed.upperBound..<memory.size])
            if received == 0 { noteFIN() } else { note(received) }
            count = unsafe take(into: target)
            if received == 0, failure == nil { return 0 }
        }
        if count > 0 { return count }
        throw failure ?? .wouldBlock
    }

    /// Reads and opens all that has come by a connection that is given up, and drops what is no whole
    /// record.
    ///
    /// - Throws: `outOfMemory`.
    func absorb(by read: Read) throws(Errno) {
        if absorbed != nil { return }
        var queue = try MemoryQueue(byteCount: .max, available: HostMemory.available)
        while true {
            guard let space = unsafe queue.space() else { throw .outOfMemory }
            // Whatever ended the connection, nothing more comes.
            guard let count = unsafe try? self.read(into: space, by: read), count > 0 else { break }
            queue.filled(count)
        }
        if failure == .truncated { failure = nil }
        sealed = 0..<0
        absorbed = queue
    }

    private func takeAbsorbed(into target: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        if let queue = absorbed, queue.count > 0 {
            let bytes = unsafe queue.oldest(target.count)
            unsafe target.copyMemory(from: bytes)
            absorbed?.remove(bytes.count)
            return bytes.count
        }
        if let failure { throw failure }
        return 0
    }

    /// Takes account of bytes that another read from the connection, at most 64 KiB;
    /// of none at the FIN.
    package func add(_ bytes: [UInt8]) {
        if bytes.isEmpty { return noteFIN() }
        guard failure == nil else { return }
        makeRoom()
        unsafe bytes.withUnsafeBytes {
            unsafe memory[0, sealed.upperBound..<memory.size].copyMemory(from: $0)
        }
        note(bytes.count)
    }

    /// Takes out at most so many bytes of the stream.
    package func drain(_ byteCount: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(byteCount, heldByteCount))
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe absorbed == nil ? take(into: $0) : (try? takeAbsorbed(into: $0)) ?? 0
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Nothing is open that would be overwritten.
    private func makeRoom() {
        precondition(content.isEmpty)
        guard sealed.lowerBound > 0 else { return }
        unsafe memory[0, 0..<sealed.count].copyMemory(from: .init(memory[0, sealed]))
        sealed = 0..<sealed.count
    }

    private func note(_ byteCount: Int) {
        sealed = sealed.lowerBound..<sealed.upperBound + byteCount
    }

    private func noteFIN() {
        if failure == nil, !hasEnded || !sealed.isEmpty { failure = .truncated }
    }

    private func take(into target: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        while count < target.count {
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: target[count...])
            if content.isEmpty {
                guard let opened = unsafe openNext(into: room) else { break }
                count += opened
            } else {
                let piece = content.prefix(room.count)
                unsafe room.copyMemory(from: .init(memory[0, piece]))
                content = piece.upperBound..<content.upperBound
                count += piece.count
            }
        }
        return count
    }

    /// Opens the next record, if it is whole: into the room, or in place if its content is longer.
    ///
    /// - Returns: The bytes of the stream that the room has now; `nil` if no record was opened.
    private func openNext(into room: UnsafeMutableRawBufferPointer) -> Int? {
        guard let record = nextRecord() else { return nil }
        let place =
            record.lowerBound + SealedRecord.headByteCount..<record.upperBound - 1
            - SealedRecord.tagByteCount
        let fits = place.count <= room.count
        let opened = unsafe fits ? .init(rebasing: room[..<place.count]) : memory[0, place]
        var count = 0
        switch unsafe cipher.open(memory[0, record], into: opened) {
        case .data where fits: count = place.count
        case .data: content = place
        case .alert where unsafe opened.elementsEqual(SealedRecord.end):
            hasEnded = true
            overhead += Int64(place.count)
        case .alert, nil:
            failure = .forged
            return nil
        }
        overhead += Int64(SealedRecord.overhead)
        sealed = record.upperBound..<sealed.upperBound
        return count
    }

    /// Where the next record stands, if it is whole.
    private func nextRecord() -> Range<Int>? {
        guard failure == nil, !sealed.isEmpty else { return nil }
        guard hasEnded || sealed.count >= SealedRecord.headByteCount else { return nil }
        let head = unsafe UnsafeRawBufferPointer(memory[0, sealed])
        // Nothing comes behind the end.
        guard !hasEnded, let byteCount = unsafe SealedRecord.byteCount(head) else {
            failure = .forged
            return nil
        }
        return sealed.count >= byteCount ? sealed.prefix(byteCount) : nil
    }
}
