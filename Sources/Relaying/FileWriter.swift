import LinuxSystem

/// Writes to a file that waits, by io_uring, while its owner goes on with other things.
final class FileWriter {
    private static let tag: UInt64 = 1

    private let ring: Ring
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
        ring = try Ring(entries: 1, blockCount: 0, blockSize: 0)
        guard ring.supports(.write) else { throw .notImplemented }
    }

    /// Readable when what is under way has ended; `nil` where the kernel was short of memory and
    /// is to be asked again.
    var descriptor: Descriptor? {
        refusal == nil && ring.unsubmittedCount == 0 ? ring.descriptor : nil
    }

    /// Begins to write the bytes, or tells how it ended; until then they stay where they are.
    ///
    /// - Parameter memory: Where they are.
    /// - Returns: How many of them were written.
    /// - Throws: `wouldBlock` while it is under way: to be asked again with the same bytes;
    ///   `cancelled` where it was stopped.
    func write(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer, of memory: MemoryBlocks
    ) throws(Errno) -> Int {
        if isStopped, !isWriting { throw .cancelled }
        if refusal != nil { return try unsafe target.write(bytes) }
        if !isWriting {
            do throws(Errno) { try makeClaim(bytes.count, of: target) } catch {
                return try unsafe target.write(bytes)
            }
            let part = unsafe bytes.prefix(claim.map { $0.count } ?? bytes.count)
            isWriting = unsafe ring.write(
                to: target, UnsafeRawBufferPointer(rebasing: part), of: memory,
                at: claim?.lowerBound, tag: FileWriter.tag)
        }
        do throws(Errno) { try ring.submit() } catch  where ring.unsubmittedCount > 0 {
            return try unsafe refuse(error, target, bytes)
        }
        guard let completion = ring.nextCompletion() else { throw .wouldBlock }
        return try unsafe ended(completion.result, target, bytes, of: memory)
    }

    private func ended(
        _ result: Result<Int, Errno>, _ target: Descriptor, _ bytes: UnsafeRawBufferPointer,
        of memory: MemoryBlocks
    ) throws(Errno) -> Int {
        isWriting = false
        switch result {
        case .success(let count):
            claim = claim.map { $0.dropFirst(count) }
            return count
        case .failure(.interrupted): return try unsafe write(target, bytes, of: memory)
        case .failure(let error) where error.meansAnotherWay:
            return try unsafe refuse(error, target, bytes)
        case .failure(let error):
            release(target)
            throw error
        }
    }

    /// Writes without io_uring from here on: nothing is under way.
    private func refuse(
        _ error: Errno, _ target: Descriptor, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        refusal = error
        isWriting = false
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
