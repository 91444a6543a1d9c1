import LinuxSystem

/// What a ring pump asks of io_uring, so that tests can script it.
///
/// Operations are queued, handed to the kernel by `submit`, and told of by `nextEnding`, in any
/// order. At most one of each kind is in flight for a pump.
package protocol RelayRing {
    /// Queues a read into a block.
    ///
    /// Reads and writes go to their place in a file; to its position they must not: the kernel does
    /// not move that when it does a part and fails at the rest (KERNEL H28).
    mutating func read(
        from source: Descriptor, into block: Int, at place: Int64?, operation: RelayOperation
    ) -> Bool
    /// Queues a write of a part of a block, at its place as for a read.
    ///
    /// - Returns: Whether there was room in the queue; the same of the other two.
    mutating func write(
        to target: Descriptor, from block: Int, range: Range<Int>, at place: Int64?,
        operation: RelayOperation
    ) -> Bool
    /// Queues a move of at most `byteCount` bytes inside the kernel; one of the two is a pipe.
    mutating func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int, operation: RelayOperation
    ) -> Bool
    /// Hands what is queued to the kernel.
    ///
    /// - Throws: What of it the kernel has not taken is still queued.
    mutating func submit() throws(Errno)
    /// What ended since the last time it was asked.
    mutating func nextEnding() -> (operation: RelayOperation, result: Result<Int, Errno>)?
    /// As of a ``RelayKernel``.
    mutating func isAtUrgentData(_ source: Descriptor) -> Bool
    /// As of a ``RelayKernel``.
    mutating func hasByte(_ source: Descriptor) throws(Errno) -> Bool
    /// Asks for everything in flight to end early; what the kernel was just taking up is not found.
    mutating func cancelAll()
    /// Operations that the kernel has not taken yet.
    var unsubmittedCount: Int { get }
    /// A copy of what stands in a block.
    func bytes(in block: Int, _ range: Range<Int>) -> [UInt8]
    /// Moves a file's position over a place that is then ours alone, and returns it.
    mutating func claim(_ byteCount: Int, of file: Descriptor) throws(Errno) -> Int64
    /// Gives what was not written of such a place back.
    mutating func release(_ byteCount: Int, of file: Descriptor, from place: Int64) throws(Errno)
    /// Moves a file's position to `place`, in bytes from its beginning.
    mutating func setPosition(of file: Descriptor, _ place: Int64) throws(Errno)
}

/// The two things a pump has in flight.
package enum RelayOperation: UInt64, CaseIterable, Sendable {
    case take = 1
    case give = 2
}

extension Ring: RelayRing {
    package func read(
        from source: Descriptor, into block: Int, at place: Int64?, operation: RelayOperation
    ) -> Bool {
        read(from: source, into: block, offset: place, tag: operation.rawValue)
    }

    package func write(
        to target: Descriptor, from block: Int, range: Range<Int>, at place: Int64?,
        operation: RelayOperation
    ) -> Bool {
        write(to: target, from: block, range: range, offset: place, tag: operation.rawValue)
    }

    package func claim(_ byteCount: Int, of file: Descriptor) throws(Errno) -> Int64 {
        try file.claim(byteCount)
    }

    package func release(
        _ byteCount: Int, of file: Descriptor, from place: Int64
    ) throws(Errno) {
        try file.release(byteCount, from: place)
    }

    package func setPosition(of file: Descriptor, _ place: Int64) throws(Errno) {
        try file.setPosition(place)
    }

    package func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int, operation: RelayOperation
    ) -> Bool {
        splice(from: source, to: target, byteCount: byteCount, tag: operation.rawValue)
    }

    package func nextEnding() -> (operation: RelayOperation, result: Result<Int, Errno>)? {
        guard let completion = nextCompletion(),
            let operation = RelayOperation(rawValue: completion.tag)
        else { return nil }
        return (operation, completion.result)
    }

    package func isAtUrgentData(_ source: Descriptor) -> Bool { TCP.isAtUrgentData(source) }

    package func hasByte(_ source: Descriptor) throws(Errno) -> Bool { try TCP.hasByte(source) }
}
