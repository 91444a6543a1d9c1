import LinuxSystem

/// What waits to be written to the peer: bytes, bytes of a pipe, and bytes behind those.
struct Outbox: ~Copyable {
    private var bytes: ArraySlice<UInt8> = []
    private var inPipe: (pipe: Descriptor, byteCount: Int)?
    private var behind: [UInt8] = []

    var count: Int { bytes.count + (inPipe?.byteCount ?? 0) + behind.count }
    var hasPipe: Bool { inPipe != nil }

    mutating func add(_ more: [UInt8]) {
        if hasPipe { behind += more } else { bytes += more }
    }

    /// - Precondition: There is no other pipe.
    mutating func add(_ byteCount: Int, from pipe: Descriptor) {
        precondition(!hasPipe && byteCount > 0)
        inPipe = (pipe, byteCount)
    }

    mutating func drop() { (bytes, inPipe, behind) = ([], nil, []) }

    /// Writes what the target takes now.
    mutating func write(to target: Descriptor) throws(Errno) {
        while count > 0 {
            guard try bytes.isEmpty ? splice(to: target) : writeBytes(to: target) else { return }
        }
    }

    private mutating func writeBytes(to target: Descriptor) throws(Errno) -> Bool {
        let count = try target.writeWithoutBlocking(bytes)
        bytes = bytes.dropFirst(count)
        return count > 0
    }

    private mutating func splice(to target: Descriptor) throws(Errno) -> Bool {
        guard let (pipe, byteCount) = inPipe else { return false }
        let count: Int
        do throws(Errno) {
            count = try Splice.move(from: pipe, to: target, byteCount: byteCount)
        } catch .wouldBlock {
            return false
        } catch  where error.meansAnotherWay {
            bytes = try pipe.read(byteCount: byteCount)[...]
            count = bytes.count
        }
        // The pipe lacks announced bytes: the peer would take the next line for them.
        guard count > 0 else { throw .brokenPipe }
        inPipe?.byteCount -= count
        if count == byteCount {
            inPipe = nil
            bytes += behind
            behind = []
        }
        return true
    }
}
