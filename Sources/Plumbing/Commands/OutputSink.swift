import LinuxSystem

/// The remote command's output here, on its way to our standard output, which may be slow.
package final class OutputSink {
    private var waiting: [UInt8] = []
    private let terminal: OwnedDescriptor?
    private let descriptor: Descriptor
    /// Where in a file the output begins.
    private let place: FilePlace?
    private var promised = RunOrder.largestCredit
    private var isClosed = false
    private var isSettled = false
    /// Whether the remote command's output has ended.
    package private(set) var hasEnded: Bool
    package private(set) var byteCount: Int64 = 0
    /// The bytes of these that standard output took.
    package private(set) var written: Int64 = 0

    /// What a terminal may do to us.
    package var jobControl = JobControl.none

    /// - Parameter isUsed: Whether any output will come.
    package init(isUsed: Bool) {
        hasEnded = !isUsed
        if let own = Descriptor.standardOutput.unblockedTerminal() {
            descriptor = own.borrowed
            terminal = consume own
        } else {
            descriptor = .standardOutput
            terminal = nil
        }
        place = isUsed ? FilePlace(of: descriptor) : nil
    }

    package var isEmpty: Bool { waiting.isEmpty }

    /// Checks, once, that a file has everything it took.
    package func settle() throws(Errno) {
        guard let place, !isClosed, !isSettled else { return }
        isSettled = true
        try descriptor.settle()
        try place.confirm(written, in: descriptor)
    }

    package func end() {
        hasEnded = true
    }

    /// Drops the bytes that wait and all later ones, because standard output takes no more.
    package func close() {
        isClosed = true
        waiting = []
    }

    package func add(_ bytes: [UInt8]) throws(ControlError) {
        guard !hasEnded else { throw .unexpected(verb: "output") }
        promised -= bytes.count
        guard promised >= 0 else { throw .tooMuchOutput }
        if isClosed { return }
        waiting += bytes
        byteCount += Int64(bytes.count)
    }

    package func watch(_ readiness: inout Readiness) {
        if !waiting.isEmpty { readiness.watch(descriptor, .writing) }
    }

    /// Writes what our standard output takes now.
    ///
    /// - Returns: The number of bytes it took, to send as new credit.
    package func advance(_ readiness: Readiness) throws(Errno) -> Int {
        guard readiness[descriptor].isReady else { return 0 }
        var total = 0
        while !waiting.isEmpty {
            let count = try write()
            if count == 0 { break }
            waiting.removeFirst(count)
            total += count
            written += Int64(count)
        }
        promised += total
        return total
    }

    private func write() throws(Errno) -> Int {
        guard terminal != nil else {
            return try descriptor.writeWithoutBlocking(waiting[...])
        }
        return try jobControl.writing { () throws(Errno) in
            try descriptor.writeWithoutBlocking(waiting[...])
        }
    }
}
