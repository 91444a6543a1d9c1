import LinuxSystem

/// Writes to a file that waits, by io_uring, while its owner goes on with other things.
final class FileWriter {
    private static let tag: UInt64 = 1

    private let ring: Ring
    /// Whether the file has a place for each byte.
    private let needsClaims: Bool
    private var isWriting = false
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
    var number: CInt? {
        refusal == nil && ring.unsubmittedCount == 0 ? ring.number : nil
    }

    /// Begins to write the bytes, or tells how it ended; until then they stay where they are.
    ///
    /// - Returns: How many of them were written.
    /// - Throws: `wouldBlock` while it is under way: to be asked again with the same bytes.
    func write(_ target: CInt, _ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        if refusal != nil { return try unsafe Descriptor.write(target, bytes) }
        if !isWriting {
            do throws(Errno) { try makeClaim(bytes.count, of: target) } catch {
                return try unsafe Descriptor.write(target, bytes)
            }
            let part = unsafe bytes.prefix(claim.map { $0.count } ?? bytes.count)
            isWriting = unsafe ring.write(
                to: target, UnsafeRawBufferPointer(rebasing: part), at: claim?.lowerBound,
                tag: FileWriter.tag)
        }
        do throws(Errno) { try ring.submit() } catch  where ring.unsubmittedCount > 0 {
            return try unsafe refuse(error, target, bytes)
        }
        guard let completion = ring.nextCompletion() else { throw .wouldBlock }
        return try unsafe ended(completion.result, target, bytes)
    }

    private func ended(
        _ result: Result<Int, Errno>, _ target: CInt, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        isWriting = false
        switch result {
        case .success(let count):
            claim = claim.map { $0.dropFirst(count) }
            return count
        case .failure(.interrupted): return try unsafe write(target, bytes)
        case .failure(let error) where error.meansAnotherWay:
            return try unsafe refuse(error, target, bytes)
        case .failure(let error):
            release(target)
            throw error
        }
    }

    /// Writes without io_uring from here on: nothing is under way.
    private func refuse(
        _ error: Errno, _ target: CInt, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        refusal = error
        isWriting = false
        release(target)
        return try unsafe Descriptor.write(target, bytes)
    }

    private func makeClaim(_ byteCount: Int, of target: CInt) throws(Errno) {
        guard needsClaims, claim?.isEmpty ?? true else { return }
        let place = try Descriptor.claim(byteCount, of: target)
        claim = place..<place + Int64(byteCount)
    }

    /// Nothing more is to be written: what is under way ends, and the file's position stands behind
    /// what was.
    func stop(_ target: CInt) {
        guard claim != nil else { return }
        if isWriting { ring.drainAndClose() }
        release(target)
    }

    private func release(_ target: CInt) {
        guard let rest = claim, !rest.isEmpty else { return }
        // Who has gone on behind it keeps his place, and the file a gap: it is not complete anyway.
        try? Descriptor.release(rest.count, of: target, from: rest.lowerBound)
        claim = nil
    }
}
