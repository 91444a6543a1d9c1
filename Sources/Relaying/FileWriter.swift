import LinuxSystem

/// Writes to a file that waits, by io_uring, while its owner goes on with other things.
final class FileWriter {
    /// How many records one call may write.
    private static let mostParts = 64

    private var ring: Ring
    /// How many writes of the last call have not ended, what all of them wrote, and the first error.
    private var awaited = 0
    private var written = 0
    private var error: Errno?
    /// The bytes of each write but perhaps the last, and whether one of them was not written whole.
    private var size = 0
    private var isCut = false
    /// Whether the file has a place for each byte.
    private let needsClaims: Bool
    private(set) var isWriting = false
    private var isStopped = false
    /// Why io_uring does not write; writing then waits.
    private(set) var refusal: Errno?
    /// The place in the file that is ours, and still to be written.
    private var claim: Range<Int64>?

    /// - Throws: Where io_uring cannot be used; `notImplemented` where it cannot write.
    init(needsClaims: Bool) throws(Errno) {
        self.needsClaims = needsClaims
        ring = try FileWriter.makeRing()
        guard ring.supports(.write) else { throw .notImplemented }
    }

    /// Readable when what is under way has ended; `nil` where the kernel was short of memory and
    /// is to be asked again.
    var descriptor: Descriptor? {
        refusal == nil && ring.unsubmittedCount == 0 ? ring.descriptor : nil
    }

    /// Begins to write the bytes, or tells how it ended; until then they stay where they are.
    ///
    /// Records are written one after the other, none behind one that was not written whole.
    ///
    /// - Parameters:
    ///   - memory: Where they are.
    ///   - record: The size of records, each of which is a write of its own; `nil` writes all at once.
    /// - Returns: How many of them were written.
    /// - Throws: `wouldBlock` while it is under way: to be asked again with the same bytes;
    ///   `cancelled` where it was stopped. What failed behind bytes that were written is thrown by the
    ///   next call.
    func write(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer, of memory: MemoryBlocks,
        record: Int? = nil
    ) throws(Errno) -> Int {
        if isStopped, !isWriting { throw .cancelled }
        let first = unsafe bytes.first(record: record)
        if refusal != nil { return try unsafe target.write(first) }
        if !isWriting {
            if let error = error.take() {
                release(target)
                throw error
            }
            let part = unsafe UnsafeRawBufferPointer(
                rebasing: bytes.prefix(FileWriter.mostParts * (record ?? bytes.count)))
            do throws(Errno) { try makeClaim(part.count, of: target) } catch {
                return try unsafe target.write(first)
            }
            unsafe begin(target, part, of: memory, record)
        }
        do throws(Errno) { try submit() } catch
            where written == 0 && ring.unsubmittedCount == awaited
        {
            return try unsafe refuse(error, target, first)
        } catch {
            isCut = true
        }
        while let completion = ring.nextCompletion() { take(completion.result) }
        guard awaited == 0 else { throw .wouldBlock }
        return try unsafe ended(target, bytes, of: memory, record)
    }

    private func begin(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer, of memory: MemoryBlocks,
        _ record: Int?
    ) {
        let all = unsafe bytes.prefix(claim.map { $0.count } ?? bytes.count)
        size = unsafe max(1, record ?? all.count)
        (written, error, isCut) = (0, nil, false)
        let count = unsafe all.count
        for start in stride(from: 0, to: max(1, count), by: size) {
            let end = min(count, start + size)
            _ = unsafe ring.write(
                to: target, UnsafeRawBufferPointer(rebasing: all[start..<end]), of: memory,
                at: claim.map { $0.lowerBound + Int64(start) }, isLinked: end < count,
                tag: UInt64(1 + start / size))
            awaited += 1
        }
        isWriting = true
    }

    /// A chain of which the kernel took only a part, for want of memory, goes on behind that part, and
    /// only if all of it was written: two chains would have no order.
    private func submit() throws(Errno) {
        guard ring.unsubmittedCount > 0, ring.unsubmittedCount == awaited else { return }
        if !isCut, error == nil { return try ring.submit() }
        ring.close()
        awaited = 0
        do throws(Errno) { ring = try FileWriter.makeRing() } catch { refusal = error }
    }

    private static func makeRing() throws(Errno) -> Ring {
        try Ring(entries: UInt32(mostParts), blockCount: 0, blockSize: 0)
    }

    private func take(_ result: Result<Int, Errno>) {
        awaited -= 1
        switch result {
        case .success(let count):
            written += count
            if count < size { isCut = true }
        // What is linked behind a write that failed is cancelled.
        case .failure(let error): self.error = self.error ?? error
        }
    }

    private func ended(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer, of memory: MemoryBlocks,
        _ record: Int?
    ) throws(Errno) -> Int {
        isWriting = false
        let error = error.take()
        if written > 0 || error == nil {
            claim = claim.map { $0.dropFirst(written) }
            // The next call finds out by itself what the others mean.
            if let error, error != .cancelled, error != .interrupted, !error.meansAnotherWay {
                self.error = error
            }
            return written
        }
        switch error {
        case .interrupted: return try unsafe write(target, bytes, of: memory, record: record)
        case let error? where error.meansAnotherWay:
            return try unsafe refuse(error, target, bytes.first(record: record))
        default:
            release(target)
            throw error ?? .cancelled
        }
    }

    /// Writes without io_uring from here on: nothing is under way.
    private func refuse(
        _ error: Errno, _ target: Descriptor, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        refusal = error
        (isWriting, awaited) = (false, 0)
        release(target)
        if isStopped { throw error }
        return try unsafe target.write(bytes)
    }

    private func makeClaim(_ byteCount: Int, of target: Descriptor) throws(Errno) {
        guard needsClaims, claim?.isEmpty ?? true else { return }
        let place = try target.claim(byteCount)
        claim = place..<place + Int64(byteCount)
    }

    /// Begins nothing more, and asks what is under way to end: `write` tells how it did.
    func stop() {
        isStopped = true
        if isWriting { ring.cancelAll() }
    }

    /// Leaves the file, whose position stands behind what was written.
    func leave(_ target: Descriptor) {
        if !isWriting { release(target) }
    }

    private func release(_ target: Descriptor) {
        guard let rest = claim, !rest.isEmpty else { return }
        // A process that went on behind it keeps its place, and the file a gap: it is incomplete.
        try? target.release(rest.count, from: rest.lowerBound)
        claim = nil
    }
}

extension UnsafeRawBufferPointer {
    /// The first record of them; all where there are none.
    func first(record: Int?) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: prefix(record ?? count))
    }
}
