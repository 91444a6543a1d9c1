import LinuxSystem

/// Seals what goes into a connection.
///
/// A record that the connection has not taken whole stays here, and its bytes are to be written
/// again: so they count as given only when they are.
package final class Sealer {
    /// Writes by one call, and throws `wouldBlock` if there is no room.
    package typealias Write = (UnsafeRawBufferPointer) throws(Errno) -> Int

    private let cipher: any RecordCipher
    private let memory: MemoryBlocks
    /// The sealed bytes that the connection has not taken yet, and how many it has.
    private var sealed = 0..<0
    /// The bytes in these records, and how many of them are given.
    private var contentByteCount = 0
    private var given = 0
    private var hasSealedEnd = false
    /// What the records add to their contents, with the record that ends the stream.
    package private(set) var overhead: Int64 = 0

    /// - Throws: Where there is no memory.
    package init(_ cipher: any RecordCipher) throws(Errno) {
        self.cipher = cipher
        memory = MemoryBlocks(size: Carrier.recordsAtOnce * SealedRecord.limit)
        _ = try memory.add()
    }

    /// Seals and writes some of the bytes, first of all those that it sealed before.
    ///
    /// - Returns: How many bytes from the first on are in the connection now. What hinders it from
    ///   taking the others the next call tells.
    /// - Throws: `wouldBlock` if no record more is whole in the connection, or what is wrong with that;
    ///   they are then to be written again.
    package func write(
        _ bytes: UnsafeRawBufferPointer, by write: Write
    ) throws(Errno) -> Int {
        if sealed.isEmpty { unsafe seal(bytes) }
        precondition(bytes.count >= contentByteCount - given)
        var hindrance: Errno?
        do throws(Errno) { try unsafe flush(write) } catch { hindrance = error }
        let count = wholeByteCount - given
        guard count > 0 else { throw hindrance ?? .wouldBlock }
        given += count
        return count
    }

    /// What the records have that are whole in the connection.
    private var wholeByteCount: Int {
        sealed.isEmpty
            ? contentByteCount
            : sealed.lowerBound / SealedRecord.limit * SealedRecord.contentLimit
    }

    /// What the record has of which the connection has a part.
    package var begunByteCount: Int {
        guard !sealed.isEmpty, !hasSealedEnd,
            !sealed.lowerBound.isMultiple(of: SealedRecord.limit)
        else { return 0 }
        return min(contentByteCount - wholeByteCount, SealedRecord.contentLimit)
    }

    /// Writes the record that ends the stream; to be called again until it does not throw.
    ///
    /// - Throws: `wouldBlock` if the connection has not taken all of it.
    package func end(by write: Write) throws(Errno) {
        if !hasSealedEnd {
            precondition(sealed.isEmpty)
            hasSealedEnd = true
            _ = unsafe SealedRecord.end.withUnsafeBytes { unsafe append($0, .alert, at: 0) }
            overhead += Int64(SealedRecord.end.count)
        }
        try unsafe flush(write)
        guard sealed.isEmpty else { throw .wouldBlock }
    }

    private func seal(_ bytes: UnsafeRawBufferPointer) {
        var (position, start) = (0, 0)
        let count = min(bytes.count, Carrier.recordsAtOnce * SealedRecord.contentLimit)
        while position < count {
            let next = min(position + SealedRecord.contentLimit, count)
            start = unsafe append(.init(rebasing: bytes[position..<next]), .data, at: start)
            position = next
        }
        (contentByteCount, given) = (count, 0)
    }

    /// - Returns: Where the next record goes.
    @discardableResult
    private func append(
        _ content: UnsafeRawBufferPointer, _ kind: SealedRecord.Kind, at start: Int
    ) -> Int {
        let end = start + content.count + SealedRecord.overhead
        unsafe cipher.seal(content, into: memory[0, start..<end], kind)
        sealed = 0..<end
        overhead += Int64(SealedRecord.overhead)
        return end
    }

    private func flush(_ write: Write) throws(Errno) {
        while !sealed.isEmpty {
            let count = try unsafe write(UnsafeRawBufferPointer(memory[0, sealed]))
            sealed = sealed.lowerBound + count..<sealed.upperBound
        }
    }
}
